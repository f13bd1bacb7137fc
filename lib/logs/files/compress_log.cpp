#include "logs/files/compressed_log.hpp"

#include "logs/files/compressed_log_format.hpp"
#include "posix/files/file.hpp"
#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

namespace talos::logs {

using namespace compressed;

namespace {

constexpr int level = 3;   // default of zstd: a log shrinks to a tenth, at about 300 MB/s

/// Reads until `size` bytes or the end of the file.
Result<std::size_t> read_full(int fd, char* buffer, std::size_t size) {
    std::size_t got = 0;
    while (got < size) {
        const ssize_t now = ::read(fd, buffer + got, size - got);
        if (now < 0 && errno == EINTR) continue;
        if (now < 0) return last_error("read");
        if (now == 0) break;
        got += static_cast<std::size_t>(now);
    }
    return got;
}

void append_entry(std::string& table, std::size_t length, std::size_t content) {
    char entry[entry_length];
    put(entry, static_cast<std::uint32_t>(length));
    put(entry + 4, static_cast<std::uint32_t>(content));
    table.append(entry, sizeof entry);
}

Result<> write_key(int from, int to, std::string& table) {
    const auto key = key_of(from);
    if (!key) return key.error();
    char head[skippable_head + key_length];
    put(head, key_magic);
    put(head + 4, static_cast<std::uint32_t>(key_length));
    for (std::size_t i = 0; i < 8; ++i) head[skippable_head + i] = mark[i];
    put(head + skippable_head + 8, key->device);
    put(head + skippable_head + 16, key->inode);
    put(head + skippable_head + 24, key->modified);
    append_entry(table, sizeof head, 0);
    return posix::write_all(to, {head, sizeof head}, "the compressed file");
}

Result<> write_table(int to, std::string& table) {
    const auto entries = table.size();
    char head[skippable_head];
    put(head, table_magic);
    put(head + 4, static_cast<std::uint32_t>(entries + footer_length));
    char footer[footer_length] = {};
    put(footer, static_cast<std::uint32_t>(entries / entry_length));
    put(footer + 5, seekable_magic);
    table.insert(0, head, sizeof head);
    table.append(footer, sizeof footer);
    return posix::write_all(to, table, "the compressed file");
}

}   // namespace

FileKey key_of(const struct stat& info) {
    return {info.st_dev, info.st_ino, static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec};
}

Result<FileKey> key_of(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return last_error("fstat");
    return key_of(info);
}

Result<> compress_log(int from, int to) {
    struct stat info {};
    if (::fstat(from, &info) != 0) return last_error("fstat");
    // Data that is appended from here on is excluded: otherwise compression may never end.
    auto left = static_cast<std::uint64_t>(info.st_size);
    const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context{ZSTD_createCCtx(), ZSTD_freeCCtx};
    if (!context) return failure_of(ENOMEM, "compress");
    (void)ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    (void)ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string table;
    if (const auto written = write_key(from, to, table); !written) return written;
    std::string content(frame_content, '\0');
    std::string frame(ZSTD_compressBound(frame_content), '\0');
    while (left > 0) {
        const auto got = read_full(from, content.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, content.size())));
        if (!got) return got.error();
        if (*got == 0) break;
        left -= *got;
        const auto length = ZSTD_compress2(context.get(), frame.data(), frame.size(), content.data(), *got);
        if (ZSTD_isError(length) != 0) return refused(std::string("compress: ") + ZSTD_getErrorName(length));
        if (const auto written = posix::write_all(to, {frame.data(), length}, "the compressed file"); !written) return written;
        append_entry(table, length, *got);
    }
    return write_table(to, table);
}

}   // namespace talos::logs
