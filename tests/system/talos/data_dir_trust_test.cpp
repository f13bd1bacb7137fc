// A data directory that was open to other users once: what they have planted there is never followed, written or waited for.
#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

namespace {

struct Planted {
    Daemon daemon{worker("w", shell("while :; do echo tick; sleep 0.02; done"))};
    Planted() {
        std::filesystem::create_directory(daemon.path("data"));
        REQUIRE(::chmod(daemon.path("data").c_str(), 0700) == 0);
        write_text(daemon.path("victim"), "precious\n");
        std::filesystem::create_directory(daemon.path("elsewhere"));
    }
    [[nodiscard]] bool untouched() const {
        return read_text(daemon.path("victim")) == "precious\n" && std::filesystem::is_empty(daemon.path("elsewhere")) &&
               !exists(daemon.path("made"));
    }
};

}   // namespace

TEST_CASE("a data directory that others can write is refused with its mode and what to do, and nothing in it is used") {
    Planted planted;
    const auto& daemon = planted.daemon;
    write_text(daemon.data("status.json"), "{}");
    REQUIRE(::chmod(daemon.path("data").c_str(), GENERATE(0772, 0702, 01777)) == 0);
    for (const bool detached : {false, true}) {
        const auto done = detached ? daemon.ctl({"start"}) : run(daemon.command());
        INFO(done.out << done.err);
        CHECK(done.code != 0);
        CHECK(done.err.find("other users can write to it; `chmod 700 " + daemon.path("data") + "`") != std::string::npos);
    }
    CHECK_FALSE(exists(daemon.data("daemon.log")));
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
    CHECK(read_text(daemon.data("status.json")) == "{}");
}

TEST_CASE("what is planted in the data directory is put aside and named, and nothing behind it is read, written or made") {
    Planted planted;
    auto& daemon = planted.daemon;
    const std::string kind = GENERATE("link", "link to nothing", "second link", "FIFO", "directory");
    CAPTURE(kind);
    for (const auto* name : {"daemon.pid", "daemon.log", "events.jsonl"}) {
        const auto path = daemon.data(name);
        if (kind == "link") std::filesystem::create_symlink(daemon.path("victim"), path);
        if (kind == "link to nothing") std::filesystem::create_symlink(daemon.path("made"), path);
        if (kind == "second link") std::filesystem::create_hard_link(daemon.path("victim"), path);
        if (kind == "FIFO") REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        if (kind == "directory") std::filesystem::create_directory(path);
    }
    if (kind == "link") std::filesystem::create_symlink(daemon.path("victim"), daemon.data("status.json"));
    std::filesystem::create_directory_symlink(daemon.path("elsewhere"), daemon.data("logs"));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("tick") != std::string::npos; }));
    CHECK(std::filesystem::is_directory(std::filesystem::symlink_status(daemon.data("logs"))));
    for (const auto* name : {"daemon.pid", "daemon.log", "events.jsonl", "logs"}) {
        CAPTURE(name);
        CHECK(exists(daemon.data(std::string(name) + ".refused-1")));
        CHECK(eventually([&] { return daemon.log().find(daemon.data(name) + " is a ") != std::string::npos; }));
        CHECK(std::filesystem::symlink_status(daemon.data(name)).type() ==
              (std::string_view(name) == "logs" ? std::filesystem::file_type::directory : std::filesystem::file_type::regular));
    }
    CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(daemon.data("status.json"))));
    CHECK_FALSE(daemon.events().empty());
    CHECK(planted.untouched());
    CHECK(daemon.stop() == 0);
    CHECK(planted.untouched());
}

TEST_CASE("files planted while talosd runs are not followed either, and it goes on") {
    Planted planted;
    auto& daemon = planted.daemon;
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("tick") != std::string::npos; }));
    for (const auto* name : {"logs/w.log", "events.jsonl", "daemon.log"}) {
        std::filesystem::remove(daemon.data(name));
        std::filesystem::create_symlink(daemon.path("victim"), daemon.data(name));
    }
    daemon.process().signal(SIGUSR1);   // logs are reopened
    REQUIRE(
        eventually([&] { return exists(daemon.data("logs/w.log.refused-1")) && exists(daemon.data("daemon.log.refused-1")); }));
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("tick") != std::string::npos; }));
    CHECK(eventually([&] {
        return daemon.log().find(daemon.data("logs/w.log") + " is a symbolic link to " + daemon.path("victim")) !=
               std::string::npos;
    }));
    CHECK(planted.untouched());
    CHECK(daemon.stop() == 0);
    CHECK(planted.untouched());
}

TEST_CASE("the data directory of a running talosd may be removed: it is made again, closed to others, and used") {
    Planted planted;
    auto& daemon = planted.daemon;
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("tick") != std::string::npos; }));
    std::filesystem::remove_all(daemon.path("data"));
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("tick") != std::string::npos; }));
    struct stat info {};
    REQUIRE(::stat(daemon.path("data").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a detached talosd: a planted daemon.log is put aside before anything is written") {
    Planted planted;
    auto& daemon = planted.daemon;
    std::filesystem::create_symlink(daemon.path("victim"), daemon.data("daemon.log"));
    daemon.start_detached();
    CHECK(exists(daemon.data("daemon.log.refused-1")));
    CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(daemon.data("daemon.log"))));
    CHECK(planted.untouched());
    CHECK(daemon.ctl({"stop"}).code == 0);
}
