#include "logs/files/compressed_log.hpp"

#include "logs/files/compressed_log_format.hpp"
#include <algorithm>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

namespace talos::logs {

using namespace compressed;

namespace {

// Logs shrink to a tenth; the same line repeated shrinks to a thousandth. A file made to exhaust memory or time shrinks far more.
constexpr std::uint64_t large_content = std::uint64_t{1} << 30;
constexpr std::uint64_t most_expansion = 200;
// At 256 KiB each, 64 GiB in total. The frame table is read at once and kept. Allocated space counts as stored on disk even if
// nothing was written to it.
constexpr std::uint64_t most_frames = std::uint64_t{1} << 18;

}   // namespace

namespace {

Failure broken_file(const std::string& path) { return refused(path + " is damaged, or talosd did not make it"); }

Result<> read_file_at(int fd, std::uint64_t offset, char* buffer, std::size_t size, const std::string& path) {
    while (size > 0) {
        const ssize_t got = ::pread(fd, buffer, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read " + path);
        if (got == 0) return broken_file(path);
        buffer += got;
        size -= static_cast<std::size_t>(got);
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

}   // namespace

Failure CompressedLog::broken() const { return broken_file(path_); }

Result<> CompressedLog::read_at(std::uint64_t offset, char* buffer, std::size_t size) const {
    return read_file_at(fd_.get(), offset, buffer, size, path_);
}

Result<FileKey> read_source(int fd, const std::string& path) {
    char head[skippable_head + key_length];
    if (const auto read = read_file_at(fd, 0, head, sizeof head, path); !read) return read.error();
    if (get<std::uint32_t>(head) != key_magic || std::memcmp(head + skippable_head, mark, 8) != 0) return broken_file(path);
    return FileKey{get<std::uint64_t>(head + skippable_head + 8), get<std::uint64_t>(head + skippable_head + 16),
                   get<std::int64_t>(head + skippable_head + 24)};
}

Result<CompressedLog> CompressedLog::open(posix::UniqueFd fd, const std::string& path) {
    CompressedLog log(std::move(fd), path);
    const auto source = read_source(log.fd_.get(), path);
    if (!source) return source.error();
    log.source_ = *source;
    if (const auto read = log.read_table(); !read) return read.error();
    return log;
}

Result<> CompressedLog::read_table() {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return last_error("stat " + path_);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    char footer[footer_length];
    if (size < sizeof footer) return broken();
    if (const auto read = read_at(size - sizeof footer, footer, sizeof footer); !read) return read;
    const std::uint64_t count = get<std::uint32_t>(footer);
    const std::uint64_t length = skippable_head + count * entry_length + sizeof footer;
    if (get<std::uint32_t>(footer + 5) != seekable_magic || footer[4] != 0 || count == 0 || length > size) return broken();
    // All frames but the last are full, so this is the size after decompression. It is compared with the allocated space, because
    // a sparse file can have any length.
    const auto allocated = std::min<std::uint64_t>(size, static_cast<std::uint64_t>(info.st_blocks) * 512);
    const std::uint64_t most = std::max<std::uint64_t>(large_content, allocated * most_expansion);
    if (count - 1 > most_frames || (count - 1) * frame_content > most + frame_content)
        return refused(path_ + " would become " + std::to_string((count - 1) * frame_content >> 20) + " MiB, " +
                       "too much: it is not read here (`zstd -dc` does)");
    std::string entries(static_cast<std::size_t>(count) * entry_length, '\0');
    if (const auto read = read_at(size - length + skippable_head, entries.data(), entries.size()); !read) return read;
    std::uint64_t begin = get<std::uint32_t>(entries.data());   // the first frame is the key
    std::uint64_t content = 0;
    for (std::size_t at = entry_length; at < entries.size(); at += entry_length) {
        const auto frame = get<std::uint32_t>(entries.data() + at);
        const auto inside = get<std::uint32_t>(entries.data() + at + 4);
        const bool last = at + entry_length == entries.size();
        if (inside == 0 || inside > frame_content || (!last && inside != frame_content)) return broken();
        if (frame > ZSTD_compressBound(frame_content) || begin + frame > size - length) return broken();
        content += inside;
        frames_.push_back({begin, frame, content});
        begin += frame;
    }
    return {};
}

Result<> CompressedLog::load(std::size_t index) {
    if (index == loaded_) return {};
    const auto& frame = frames_[index];
    const auto before = index == 0 ? 0 : frames_[index - 1].content_end;
    std::string packed(frame.length, '\0');
    if (const auto read = read_at(frame.begin, packed.data(), packed.size()); !read) return read;
    loaded_ = ~std::size_t{0};
    content_.resize(static_cast<std::size_t>(frame.content_end - before));
    if (ZSTD_decompress(content_.data(), content_.size(), packed.data(), packed.size()) != content_.size()) return broken();
    loaded_ = index;
    return {};
}

Result<std::size_t> CompressedLog::pread(char* buffer, std::size_t size, std::uint64_t offset) {
    const auto found = std::upper_bound(frames_.begin(), frames_.end(), offset,
                                        [](std::uint64_t at, const Frame& frame) { return at < frame.content_end; });
    if (found == frames_.end()) return std::size_t{0};
    if (const auto loaded = load(static_cast<std::size_t>(found - frames_.begin())); !loaded) return loaded.error();
    const auto begin = found->content_end - content_.size();
    const auto at = static_cast<std::size_t>(offset - begin);
    const auto count = std::min(size, content_.size() - at);
    std::memcpy(buffer, content_.data() + at, count);
    return count;
}

}   // namespace talos::logs
