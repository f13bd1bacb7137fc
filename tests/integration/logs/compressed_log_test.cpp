#include "logs/files/compressed_log.hpp"
#include "logs/files/compressed_log_format.hpp"
#include "posix/files/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <fcntl.h>
#include <zstd.h>

using namespace talos;
using logs::CompressedLog;

namespace {

const test::TemporaryDirectory& dir() {
    static const test::TemporaryDirectory directory;
    return directory;
}

std::string lines(std::size_t bytes) {
    std::string text;
    for (unsigned n = 0; text.size() < bytes; ++n) text += "line number " + std::to_string(n * 7919) + "\n";
    text.resize(bytes);
    return text;
}

Result<CompressedLog> compressed(const std::string& text, logs::FileKey* key = nullptr) {
    test::write_text(dir() / "plain", text);
    auto from = posix::open_file(dir() / "plain", O_RDONLY);
    REQUIRE(from.has_value());
    if (key != nullptr) *key = *logs::key_of(from->get());
    const auto to = posix::open_file(dir() / "packed", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(to.has_value());
    REQUIRE(logs::compress_log(from->get(), to->get()).has_value());
    auto fd = posix::open_file(dir() / "packed", O_RDONLY);
    REQUIRE(fd.has_value());
    return CompressedLog::open(std::move(*fd), dir() / "packed");
}

std::string read_all(CompressedLog& log, std::size_t piece) {
    std::string text;
    std::string buffer(piece, '\0');
    for (;;) {
        const auto got = log.pread(buffer.data(), buffer.size(), text.size());
        REQUIRE(got.has_value());
        if (*got == 0) return text;
        text.append(buffer, 0, *got);
    }
}

}   // namespace

TEST_CASE("compressed log: the content comes back, in whatever pieces it is read") {
    for (const std::size_t size : {0u, 1u, 262'143u, 262'144u, 262'145u, 1'000'000u}) {
        const auto text = lines(size);
        logs::FileKey key;
        auto log = compressed(text, &key);
        REQUIRE(log.has_value());
        CHECK(log->size() == size);
        CHECK(log->source() == key);
        CHECK(read_all(*log, 65'536) == text);
        CHECK(read_all(*log, 1'000'003) == text);
    }
}

TEST_CASE("compressed log: every place can be read alone, backwards too") {
    const auto text = lines(700'000);
    auto log = compressed(text);
    REQUIRE(log.has_value());
    char buffer[100];
    for (std::uint64_t at = 699'900; at > 10'000; at -= 9'999) {
        const auto got = log->pread(buffer, sizeof buffer, at);
        REQUIRE(got.has_value());
        REQUIRE(*got > 0);
        CHECK(std::string_view(buffer, *got) == std::string_view(text).substr(at, *got));
    }
}

TEST_CASE("compressed log: zstd alone reads it as one stream, and it is smaller") {
    const auto text = lines(1'000'000);
    REQUIRE(compressed(text).has_value());
    const auto packed = test::read_text(dir() / "packed");
    CHECK(packed.size() < text.size() / 3);
    std::string out(text.size() + 1, '\0');
    const auto length = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
    REQUIRE(ZSTD_isError(length) == 0);
    CHECK(out.substr(0, length) == text);
}

TEST_CASE("compressed log: a damaged or foreign file is an error, never a crash") {
    REQUIRE(compressed(lines(600'000)).has_value());
    const auto packed = test::read_text(dir() / "packed");
    const auto broken = [&](std::string bytes) {
        test::write_text(dir() / "broken", bytes);
        auto fd = posix::open_file(dir() / "broken", O_RDONLY);
        REQUIRE(fd.has_value());
        auto log = CompressedLog::open(std::move(*fd), "broken");
        std::string buffer(1'000'000, '\0');
        if (!log) return true;
        for (std::uint64_t at = 0;;) {
            const auto got = log->pread(buffer.data(), buffer.size(), at);
            if (!got) return true;
            if (*got == 0) return false;
            at += *got;
        }
    };
    CHECK_FALSE(broken(packed));
    CHECK(broken(""));
    CHECK(broken("plain text\n"));
    CHECK(broken(std::string(packed.size(), '\0')));
    for (std::size_t cut = 1; cut < packed.size(); cut += packed.size() / 50)
        CHECK(broken(packed.substr(0, packed.size() - cut)));
    for (std::size_t at = 0; at < packed.size(); at += packed.size() / 300) {
        auto bytes = packed;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
        (void)broken(bytes);   // may be a bit that means nothing; must not crash
    }
}

TEST_CASE("compressed log: one that would become far larger than it is worth is refused before anything of it is expanded") {
    using namespace logs::compressed;
    REQUIRE(compressed(lines(10)).has_value());
    const auto head = test::read_text(dir() / "packed").substr(0, skippable_head + key_length);
    const std::string zeros(frame_content, '\0');
    std::string frame(ZSTD_compressBound(zeros.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), zeros.data(), zeros.size(), 3));
    const auto bomb = [&](unsigned frames) {
        std::string file = head;
        std::string table(skippable_head + entry_length, '\0');
        put(table.data() + skippable_head, static_cast<std::uint32_t>(head.size()));
        for (unsigned i = 0; i < frames; ++i) {
            file += frame;
            char entry[entry_length];
            put(entry, static_cast<std::uint32_t>(frame.size()));
            put(entry + 4, static_cast<std::uint32_t>(frame_content));
            table.append(entry, sizeof entry);
        }
        char footer[footer_length] = {};
        put(footer, frames + 1);
        put(footer + 5, seekable_magic);
        table.append(footer, sizeof footer);
        put(table.data(), table_magic);
        put(table.data() + 4, static_cast<std::uint32_t>(table.size() - skippable_head));
        test::write_text(dir() / "bomb", file + table);
        return CompressedLog::open(std::move(*posix::open_file(dir() / "bomb", O_RDONLY)), dir() / "bomb");
    };
    auto small = bomb(100);   // 25 MiB of zeros are no bomb
    REQUIRE(small.has_value());
    CHECK(small->size() == 100 * frame_content);
    const auto refused = bomb(40'000);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message().find((dir() / "bomb") + " would become 10000 MiB") == 0);
}

TEST_CASE("compressed log: of a file that grows, what was there at the beginning") {
    const auto path = dir() / "growing";
    test::write_text(path, std::string(2 * logs::compressed::frame_content, 'x'));
    const auto from = posix::open_file(path, O_RDONLY);
    const auto to = posix::open_file(path, O_WRONLY | O_APPEND);   // it grows by what is made of it
    REQUIRE((from && to));
    REQUIRE(logs::compress_log(from->get(), to->get()).has_value());
    test::write_text(dir() / "tail", test::read_text(path).substr(2 * logs::compressed::frame_content));
    auto fd = posix::open_file(dir() / "tail", O_RDONLY);
    REQUIRE(fd.has_value());
    const auto log = CompressedLog::open(std::move(*fd), "tail");
    REQUIRE(log.has_value());
    CHECK(log->size() == 2 * logs::compressed::frame_content);
}
