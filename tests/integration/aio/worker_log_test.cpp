#include "aio/worker_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <sys/stat.h>

using namespace talos;
using Format = config::LogSpec::Format;

namespace {

struct Written {
    test::TemporaryDirectory dir;
    std::vector<std::string> troubles;
    config::LogSpec spec;
    std::string path = dir / "logs/web.log";

    explicit Written(Format format) { spec.format = format; }
    aio::WorkerLog log() {
        return aio::WorkerLog(spec, path, [this](const std::string& trouble) { troubles.push_back(trouble); });
    }
    /// Tag and text of each CRI line.
    std::vector<std::string> lines() const {
        std::vector<std::string> found;
        std::istringstream text(test::read_text(path));
        for (std::string line; std::getline(text, line);) found.push_back(line.substr(line.find("stdout ") + 7));
        return found;
    }
};

}  // namespace

TEST_CASE("worker log: a line that comes in pieces is one line") {
    Written web(Format::cri);
    auto log = web.log();
    log.write("hel");
    log.write("lo\nwor");
    CHECK(web.lines() == std::vector<std::string>{"F hello"});
    log.write("ld\n\n");
    CHECK(web.lines() == std::vector<std::string>{"F hello", "F world", "F "});
}

TEST_CASE("worker log: last words without a newline are written when the run ends") {
    for (const Format format : {Format::cri, Format::raw}) {
        Written web(format);
        auto log = web.log();
        log.write("last words");
        CHECK_FALSE(test::exists(web.path));
        log.end_of_run();
        CHECK(test::read_text(web.path).ends_with("last words\n"));
        log.end_of_run();
        CHECK(test::read_text(web.path).ends_with("last words\n"));
    }
}

TEST_CASE("worker log: a line without an end is cut into marked pieces, nothing of it lost") {
    Written web(Format::cri);
    auto log = web.log();
    std::string all;
    for (int block = 0; block < 20; ++block) {
        const std::string bytes(10'000, static_cast<char>('a' + block));
        all += bytes;
        log.write(bytes);
    }
    log.write("\n");
    std::string joined;
    for (const auto& line : web.lines()) {
        CHECK(line.size() <= aio::max_line + 2);
        joined += line.substr(2);
    }
    CHECK(joined == all);
    CHECK(web.lines().front().front() == 'P');
    CHECK(web.lines().back().front() == 'F');
}

TEST_CASE("worker log: rotation cuts between lines and keeps every one") {
    Written web(Format::raw);
    web.spec.rotate_size = 1024;
    web.spec.keep = 100;
    auto log = web.log();
    std::string block;
    for (int n = 0; n < 1000; ++n) block += "line number " + std::to_string(n) + "\n";
    log.write(block.substr(0, 5000));
    log.write(block.substr(5000));
    std::string joined;
    for (int n = 100; n >= 1; --n) {
        const auto old = test::read_text(web.path + "." + std::to_string(n));
        CHECK(old.size() <= 1024);
        CHECK((old.empty() || old.back() == '\n'));
        joined += old;
    }
    CHECK(joined + test::read_text(web.path) == block);
}

TEST_CASE("worker log: what could not be written is counted, marked, and writing heals by itself") {
    Written web(Format::cri);
    const std::string blocked = web.dir / "logs";
    test::write_text(blocked, "a file where the folder should be");
    auto log = web.log();
    log.write("one\ntwo\n");
    log.write("three\n");
    REQUIRE(web.troubles.size() == 1);
    CHECK(web.troubles.front().find("logs") != std::string::npos);
    std::filesystem::remove(blocked);
    log.write("four\n");
    const auto lines = web.lines();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("F talos: 3 lines, "));
    CHECK(lines[0].find(" bytes dropped from ") != std::string::npos);
    CHECK(lines[1] == "F four");
    REQUIRE(web.troubles.size() == 2);
    CHECK(web.troubles.back().empty());
}

TEST_CASE("worker log: after a reopen the name gets a new file") {
    Written web(Format::cri);
    auto log = web.log();
    log.write("before\n");
    std::filesystem::rename(web.path, web.path + ".moved");
    log.reopen();
    log.write("after\n");
    CHECK(web.lines() == std::vector<std::string>{"F after"});
}
