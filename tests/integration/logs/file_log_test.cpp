#include "logs/write/file_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <boost/json/parse.hpp>
#include <filesystem>

using namespace talos;
using Format = config::LogSpec::Format;
using OnFull = config::LogSpec::OnFull;
using logs::Flow;
using logs::Stream;

namespace {

struct Written : logs::LogOwner {
    test::TemporaryDirectory dir;
    std::vector<std::string> troubles;   // empty: healed
    int asked_to_compress = 0;
    unsigned discarded_files = 0;
    config::LogSpec spec;
    config::Streams streams = config::Streams::joined;
    std::string path = dir / "logs/web.log";

    explicit Written(Format format) { spec.format = format; }
    void trouble_changed(const logs::LogDestination& log) override {
        troubles.push_back(log.trouble() != nullptr ? log.trouble()->text : std::string());
    }
    void progressed(const logs::LogDestination&) override {}
    void old_logs(const posix::Location&, unsigned) override { ++asked_to_compress; }
    void noticed(const std::string&) override {}
    void discarded(posix::UniqueFd) override { ++discarded_files; }
    std::unique_ptr<logs::FileLog> log() { return std::make_unique<logs::FileLog>(spec, streams, path, *this); }
    /// Stream, tag and text of each CRI line.
    std::vector<std::string> streamed_lines() const {
        std::vector<std::string> found;
        std::istringstream text(test::read_text(path));
        for (std::string line; std::getline(text, line);) found.push_back(line.substr(31));
        return found;
    }
    /// Tag and text.
    std::vector<std::string> lines() const {
        auto found = streamed_lines();
        for (auto& line : found) line.erase(0, line.find(' ') + 1);
        return found;
    }
    /// A file stands where its folder should be.
    void block() const { test::write_text(dir / "logs", "a file where the folder should be"); }
    void unblock() const { std::filesystem::remove(dir / "logs"); }
};

using Lines = std::vector<std::string>;

}   // namespace

TEST_CASE("file log: a line that comes in pieces is one line") {
    Written web(Format::cri);
    const auto log = web.log();
    log->write(Stream::out, "hel");
    log->write(Stream::out, "lo\nwor");
    CHECK(web.lines() == Lines{"F hello"});
    log->write(Stream::out, "ld\n\n");
    CHECK(web.lines() == Lines{"F hello", "F world", "F "});
}

TEST_CASE("file log: the streams' lines do not tear each other") {
    Written web(Format::cri);
    web.streams = config::Streams::separate;
    const auto log = web.log();
    log->write(Stream::out, "a line of ");
    log->write(Stream::err, "an error\nand ");
    log->write(Stream::out, "output\n");
    log->end_of_run();
    CHECK(web.streamed_lines() == Lines{"stderr F an error", "stdout F a line of output", "stderr F and "});
}

TEST_CASE("file log: last words without a newline are written when the run ends") {
    for (const Format format : {Format::cri, Format::raw}) {
        Written web(format);
        const auto log = web.log();
        log->write(Stream::out, "last words");
        CHECK_FALSE(test::exists(web.path));
        log->end_of_run();
        CHECK(test::read_text(web.path).ends_with("last words\n"));
        log->end_of_run();
        CHECK(test::read_text(web.path).ends_with("last words\n"));
    }
}

TEST_CASE("file log: a line without an end is cut into marked pieces, nothing of it lost") {
    Written web(Format::cri);
    web.spec.max_line = GENERATE(1024u, 16384u);
    const auto log = web.log();
    std::string all;
    for (int block = 0; block < 20; ++block) {
        const std::string bytes(10'000, static_cast<char>('a' + block));
        all += bytes;
        log->write(Stream::out, bytes);
    }
    log->write(Stream::out, "\n");
    std::string joined;
    for (const auto& line : web.lines()) {
        CHECK(line.size() <= web.spec.max_line + 2);
        joined += line.substr(2);
    }
    CHECK(joined == all);
    CHECK(web.lines().front().front() == 'P');
    CHECK(web.lines().back().front() == 'F');
}

TEST_CASE("file log: pieces do not cut characters") {
    Written web(Format::json);
    web.spec.max_line = 1024;
    const auto log = web.log();
    std::string all = "x";
    while (all.size() < 5000) all += "\xe2\x82\xac";
    log->write(Stream::out, all.substr(0, 3000));
    log->write(Stream::out, all.substr(3000) + "\n");
    std::istringstream text(test::read_text(web.path));
    std::string joined;
    for (std::string line; std::getline(text, line);) joined += boost::json::parse(line).at("line").as_string();
    CHECK(joined == all);
}

TEST_CASE("file log: raw is byte for byte what was written, however long the lines are") {
    Written web(Format::raw);
    web.spec.rotate_size = 100'000;
    web.spec.keep = 100;
    const auto log = web.log();
    std::string all;
    unsigned dice = 7;
    while (all.size() < 1'000'000) {
        dice = dice * 1664525u + 1013904223u;
        const bool long_one = (dice >> 24) < 2;
        const std::string line =
            std::string((dice >> 16) % 200 + (long_one ? 50'000 : 0), static_cast<char>('a' + dice % 26)) + "\n";
        all += line;
    }
    for (std::size_t at = 0, piece = 1; at < all.size(); at += piece, piece = (piece * 7 + 3) % 65'536 + 1)
        log->write(Stream::out, std::string_view(all).substr(at, piece));
    std::string joined;
    for (int n = 100; n >= 1; --n) {
        const auto old = test::read_text(web.path + "." + std::to_string(n));
        CHECK(old.size() <= 200'000);
        CHECK((old.empty() || old.back() == '\n'));
        joined += old;
    }
    CHECK(joined + test::read_text(web.path) == all);
}

TEST_CASE("file log: a raw line without any end does not grow the file for ever") {
    Written web(Format::raw);
    web.spec.rotate_size = 100'000;
    const auto log = web.log();
    const std::string spinner(50'000, '\r');
    for (int n = 0; n < 20; ++n) log->write(Stream::out, spinner);
    CHECK(test::exists(web.path + ".5"));
    CHECK(test::read_text(web.path).size() <= 250'000);
}

TEST_CASE("file log: what could not be written is counted, marked, and writing heals by itself") {
    const auto format = GENERATE(values({Format::cri, Format::raw, Format::json}));
    Written web(format);
    web.block();
    const auto log = web.log();
    CHECK(log->write(Stream::out, "one\ntwo\n") == Flow::on);
    log->write(Stream::out, "three\nfo");
    REQUIRE(web.troubles.size() == 1);
    CHECK(web.troubles.front().find("logs") != std::string::npos);
    REQUIRE(log->trouble() != nullptr);
    CHECK(log->dropped_lines() == 3);
    CHECK(log->dropped_bytes() == 14);
    CHECK(log->retry() == Flow::on);
    CHECK(web.troubles.size() == 1);
    web.unblock();
    log->retry();
    log->write(Stream::out, "ur\n");
    REQUIRE(web.troubles.size() == 2);
    CHECK(web.troubles.back().empty());
    CHECK(log->trouble() == nullptr);
    const auto text = test::read_text(web.path);
    CHECK(text.find("talos: 3 lines, 14 bytes dropped from 20") != std::string::npos);
    CHECK(text.find("four") > text.find("dropped"));
    CHECK(text.find("one") == std::string::npos);
}

TEST_CASE("file log: with `block` nothing is dropped, and the order stays") {
    const auto format = GENERATE(values({Format::cri, Format::raw}));
    Written web(format);
    web.spec.on_full = OnFull::block;
    web.streams = format == Format::cri ? config::Streams::separate : config::Streams::joined;
    web.block();
    const auto log = web.log();
    CHECK(log->write(Stream::out, "one\ntw") == Flow::wait);
    CHECK(log->write(Stream::out, "o\nthree\nlast ") == Flow::wait);   // of a run that ended
    log->write(Stream::out, "words");
    log->end_of_run();
    log->write(Stream::out, "next\n");
    REQUIRE(log->trouble() != nullptr);
    CHECK(log->trouble()->waits);
    CHECK(log->retry() == Flow::wait);
    web.unblock();
    CHECK(log->retry() == Flow::on);
    CHECK(log->dropped_lines() == 0);
    CHECK(web.troubles.size() == 2);
    if (format == Format::raw) CHECK(test::read_text(web.path) == "one\ntwo\nthree\nlast words\nnext\n");
    else CHECK(web.lines() == Lines{"F one", "F two", "F three", "F last words", "F next"});
}

TEST_CASE("file log: with `block` what is held is bounded, and what is too much is counted") {
    Written web(Format::raw);
    web.spec.on_full = OnFull::block;
    web.block();
    const auto log = web.log();
    const std::string block(65'536 - 1, 'x');
    for (int run = 0; run < 40; ++run) log->write(Stream::out, block + "\n");
    CHECK(log->dropped_lines() > 20);
    const auto dropped = log->dropped_lines();
    web.unblock();
    CHECK(log->retry() == Flow::on);
    const auto text = test::read_text(web.path);
    CHECK(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) == 40 - dropped + 1);
    CHECK(text.find("talos: " + std::to_string(dropped) + " lines, ") != std::string::npos);
}

TEST_CASE("file log: what is held when talosd ends counts as dropped") {
    Written web(Format::raw);
    web.spec.on_full = OnFull::block;
    web.block();
    const auto log = web.log();
    log->write(Stream::out, "one\n");
    log->write(Stream::out, "two\n");
    log->finish();
    CHECK(log->dropped_lines() == 2);
    CHECK(log->dropped_bytes() == 8);
}

TEST_CASE("file log: `block` may become `drop` while it waits") {
    Written web(Format::raw);
    web.spec.on_full = OnFull::block;
    web.block();
    const auto log = web.log();
    CHECK(log->write(Stream::out, "one\n") == Flow::wait);
    web.spec.on_full = OnFull::drop;
    log->configure(web.spec);
    CHECK(log->retry() == Flow::on);
    CHECK(log->write(Stream::out, "two\n") == Flow::on);
    web.unblock();
    log->retry();
    CHECK(test::read_text(web.path).find("talos: 2 lines, 8 bytes dropped") == 0);
}

TEST_CASE("file log: compression is asked for at the begin and at every rotation, and not otherwise") {
    Written web(Format::raw);
    web.spec.rotate_size = 10;
    web.spec.compress = GENERATE(config::LogSpec::Compress::zstd, config::LogSpec::Compress::none);
    const auto log = web.log();
    for (int n = 0; n < 3; ++n) log->write(Stream::out, "12345678\n");
    CHECK(web.asked_to_compress == (web.spec.compress == config::LogSpec::Compress::zstd ? 3 : 0));
}

TEST_CASE("file log: a large file that a rotation pushes out is handed over, a small one is not") {
    Written web(Format::raw);
    const bool large = GENERATE(true, false);
    web.spec.rotate_size = large ? 2u << 20 : 64u << 10;
    web.spec.keep = 1;
    const auto log = web.log();
    const auto file = std::string(web.spec.rotate_size - 1, 'x') + "\n";
    for (int n = 0; n < 4; ++n) log->write(Stream::out, file);
    CHECK(web.discarded_files == (large ? 2u : 0u));
    CHECK(test::read_text(web.path + ".1") == file);
    CHECK_FALSE(test::exists(web.path + ".2"));
}

TEST_CASE("file log: after a reopen the name gets a new file") {
    Written web(Format::cri);
    const auto log = web.log();
    log->write(Stream::out, "before\n");
    std::filesystem::rename(web.path, web.path + ".moved");
    log->reopen();
    log->write(Stream::out, "after\n");
    CHECK(web.lines() == Lines{"F after"});
}
