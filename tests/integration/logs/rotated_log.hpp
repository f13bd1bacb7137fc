#pragma once
#include "logs/files/compressed_log.hpp"
#include "logs/files/log_series.hpp"
#include "logs/files/rotating_file.hpp"
#include "logs/read/log_tail.hpp"
#include "posix/files/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace talos::logs::test {

namespace fs = std::filesystem;

class Folder {
public:
    [[nodiscard]] std::string file(const std::string& name) const { return directory_ / name; }

private:
    talos::test::TemporaryDirectory directory_;
};

/// As talosd does it.
inline void compress(const std::string& path, unsigned number) {
    const auto from = posix::open_file(logs::old_log(path, number), O_RDONLY);
    const auto to = posix::open_file(logs::compressed_log(path, number), O_WRONLY | O_CREAT | O_EXCL, 0600);
    REQUIRE(from.has_value());
    REQUIRE(to.has_value());
    REQUIRE(logs::compress_log(from->get(), to->get()).has_value());
    fs::remove(logs::old_log(path, number));
}

inline void append(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::app) << text; }

inline std::vector<std::string> backwards(const std::string& path) {
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    REQUIRE(reader.has_value());
    std::vector<std::string> lines;
    std::string line;
    for (;;) {
        const auto got = reader->previous(line);
        REQUIRE(got.has_value());
        if (!*got) return lines;
        lines.push_back(line);
    }
}

inline std::vector<std::string> read_on(ForwardLines& follower) {
    std::vector<std::string> lines;
    const auto read = follower.read([&](std::string_view line) { lines.emplace_back(line); });
    REQUIRE(read.has_value());
    return lines;
}

inline LogReader at_end(const std::string& path) {
    auto reader = LogReader::at_end(path);
    REQUIRE(reader.has_value());
    return std::move(*reader);
}

inline std::vector<std::string> texts_of(const Tail& tail) {
    std::vector<std::string> texts;
    for (const auto& record : tail.records) texts.push_back(record.text);
    return texts;
}

inline Tail tail_of(const std::string& path, std::size_t count, LineShape shape = LineShape::raw,
                    BackwardLines::Unfinished unfinished = BackwardLines::Unfinished::include) {
    TailQuery query;
    query.records = count;
    query.shape = shape;
    query.unfinished = unfinished;
    auto tail = read_tail(path, query);
    REQUIRE(tail.has_value());
    return std::move(*tail);
}

using Lines = std::vector<std::string>;

}   // namespace talos::logs::test
