// Logs outside the data directory, in directories that the worker's user owns: nothing of root's is ever read or written through them.
#include "posix/descent/descendants.hpp"
#include "posix/processes/process_tree.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/cgroup.hpp"
#include "system/talos/daemon.hpp"
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

namespace {

constexpr const char* ticks = "while :; do echo tick; sleep 0.01; done";

uid_t owner_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_uid : ~0u;
}

/// A worker of `nobody` that logs to PATH/home/app/web.log; `home` and what is in it are that user's.
struct Theirs {
    Daemon daemon;
    std::string log = daemon.path("home/app/web.log");
    explicit Theirs(const std::string& script = ticks, const std::string& keys = {}) {
        REQUIRE(::chmod(daemon.path("").c_str(), 0755) == 0);
        std::filesystem::create_directories(daemon.path("home/app"));
        for (const auto* path : {"home", "home/app"}) give(daemon.path(path));
        write_text(daemon.path("victim"), "precious\n");
        REQUIRE(::chmod(daemon.path("victim").c_str(), 0600) == 0);
        daemon.configure(worker("web", shell(script), R"("user": "nobody", "log": {"file": ")" + log + "\"" + keys + "}"));
    }
    static void give(const std::string& path) { REQUIRE(::lchown(path.c_str(), nobody, nobody) == 0); }
    void plant(const std::string& target, const std::string& path) const {
        std::filesystem::create_symlink(target, path);
        give(path);
    }
    [[nodiscard]] bool logs() const {
        return eventually([&] { return read_text(log).find("tick") != std::string::npos; });
    }
    [[nodiscard]] bool untouched() const {
        return read_text(daemon.path("victim")) == "precious\n" && !exists(daemon.path("made"));
    }
    [[nodiscard]] int said(const std::string& text) const {
        const auto all = daemon.log();
        int times = 0;
        for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++times;
        return times;
    }
};

}   // namespace

TEST_CASE("a log in a directory of the worker's user is that user's file, compressed and read as well") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Theirs theirs("i=0; while :; do echo tick $i 0123456789012345678901234567890123456789; i=$((i+1)); sleep 0.002; done",
                  R"(, "rotateSize": "2KiB", "keep": 3, "compress": "zstd")");
    auto& daemon = theirs.daemon;
    daemon.start();
    const auto packed = [&] {
        for (int n = 1; n <= 3; ++n)
            if (owner_of(theirs.log + "." + std::to_string(n) + ".zst") == nobody) return true;
        return false;
    };
    CHECK(eventually(packed));
    CHECK(owner_of(theirs.log) == nobody);
    for (const auto& entry : std::filesystem::directory_iterator(daemon.path("home/app"))) {
        const auto owner = owner_of(entry.path());
        CHECK((owner == nobody || owner == ~0u));   // rotated away meanwhile
    }
    CHECK(daemon.ctl({"logs", "web", "-n", "3"}).out.find("tick") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("the worker's user replaces the log: root neither writes nor makes anything through it, says so once, and heals") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    const std::string kind = GENERATE("link", "link to nothing", "second link", "FIFO", "directory", "another user's file");
    CAPTURE(kind);
    Theirs theirs;
    auto& daemon = theirs.daemon;
    daemon.start();
    REQUIRE(theirs.logs());
    std::filesystem::rename(theirs.log, theirs.log + ".old");
    if (kind == "link") theirs.plant(daemon.path("victim"), theirs.log);
    if (kind == "link to nothing") theirs.plant(daemon.path("made"), theirs.log);
    if (kind == "second link") std::filesystem::create_hard_link(daemon.path("victim"), theirs.log);
    if (kind == "FIFO") REQUIRE(::mkfifo(theirs.log.c_str(), 0666) == 0);
    if (kind == "directory") std::filesystem::create_directory(theirs.log);
    if (kind == "another user's file") {
        write_text(theirs.log + ".new", "precious\n");
        REQUIRE(::chmod((theirs.log + ".new").c_str(), 0600) == 0);
        REQUIRE(::chown((theirs.log + ".new").c_str(), 1, 1) == 0);
        std::filesystem::rename(theirs.log + ".new", theirs.log);
    }
    REQUIRE(eventually([&] { return theirs.said("web: its log cannot be written, it runs on") > 0; }));
    CHECK(theirs.untouched());
    if (kind == "another user's file") CHECK(read_text(theirs.log) == "precious\n");
    if (kind == "another user's file") CHECK(theirs.said("belongs to daemon; `chown nobody " + theirs.log + "`") > 0);
    CHECK(daemon.ctl({"status"}).code == 0);   // it is not waiting for a reader
    // A reader has no more rights there than the writer.
    CHECK(daemon.ctl({"logs", "web"}).out.find("precious") == std::string::npos);
    std::filesystem::remove(theirs.log);
    CHECK(theirs.logs());
    CHECK(owner_of(theirs.log) == nobody);
    CHECK(eventually([&] { return theirs.said("web: its log can be written again") == 1; }));
    CHECK(theirs.said("web: its log cannot be written") == 1);
    CHECK(theirs.untouched());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a log that root left in a directory of another user becomes an old one, and no line is lost") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Theirs theirs;
    auto& daemon = theirs.daemon;
    const auto leave = [&](const std::string& path, const std::string& text) {
        write_text(path + ".new", text);
        REQUIRE(::chmod((path + ".new").c_str(), 0600) == 0);
        std::filesystem::rename(path + ".new", path);
    };
    leave(theirs.log, "of before\n");
    leave(theirs.log + ".1", "older\n");
    CHECK(run(daemon.command({"--check"})).err.find("would not write this log") == std::string::npos);
    CHECK(read_text(theirs.log) == "of before\n");
    daemon.start();
    REQUIRE(theirs.logs());
    CHECK(owner_of(theirs.log) == nobody);
    CHECK(read_text(theirs.log).find("of before") == std::string::npos);
    CHECK(read_text(theirs.log + ".1") == "of before\n");
    CHECK(read_text(theirs.log + ".2") == "older\n");
    CHECK(owner_of(theirs.log + ".1") == 0);   // not even its owner was changed
    const auto renamed =
        "web: its log: " + theirs.log + " belonged to root in a directory of nobody: it was renamed to " + theirs.log + ".1";
    CHECK(eventually([&] { return theirs.said(renamed) == 1; }));

    // logrotate with `create 600 root root`, again and again: nothing is in those, the old ones keep their numbers.
    for (int i = 0; i < 2; ++i) {
        std::filesystem::rename(theirs.log, theirs.log + "-rotated");
        leave(theirs.log, "");
        CHECK(theirs.logs());
        CHECK(owner_of(theirs.log) == nobody);
    }
    CHECK(read_text(theirs.log + ".1") == "of before\n");
    CHECK_FALSE(exists(theirs.log + ".3"));
    CHECK(theirs.said("belonged to root") == 1);
    CHECK(theirs.said("its log cannot be written") == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("check, start, reload and talosctl warn of a log that would be refused, at its key, and make nothing") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Daemon daemon;
    REQUIRE(::chmod(daemon.path("").c_str(), 0755) == 0);
    const std::string kind = GENERATE("shared", "another user's file", "closed");
    const bool relative = GENERATE(false, true);
    CAPTURE(kind, relative);
    const auto path = daemon.path("logs/web.log");
    std::filesystem::create_directory(daemon.path("logs"));
    if (kind != "shared") Theirs::give(daemon.path("logs"));
    if (kind == "shared") REQUIRE(::chmod(daemon.path("logs").c_str(), 0775) == 0);
    if (kind == "closed") REQUIRE(::chmod(daemon.path("logs").c_str(), 0555) == 0);
    if (kind == "another user's file") {
        write_text(path, "");
        REQUIRE(::chown(path.c_str(), 1, 1) == 0);
        REQUIRE(::chmod(path.c_str(), 0600) == 0);
    }
    const std::string reason = kind == "shared"   ? "users other than its owner can write to the directory " + daemon.path("logs")
                               : kind == "closed" ? "`chmod u+rwx " + daemon.path("logs")
                                                  : "`chown nobody " + path + "`";
    const auto text = [&](const std::string& other) {
        return worker("web", shell(ticks),
                      R"("log": [{"inherit": "bare"}, {"file": ")" + (relative ? "../logs/web.log" : path) + R"("}])") +
               worker("other", sleeper(), other);
    };
    const auto warns = [&](const std::string& output) {
        INFO(output);
        CHECK(output.find("/workers/web/log/1/file: warning: talosd as root would not write this log: ") != std::string::npos);
        CHECK(output.find(reason) != std::string::npos);
        CHECK(output.find("chmod go-w") == std::string::npos);
    };
    daemon.configure(text(""));
    const auto checked = run(daemon.command({"--check"}));
    CHECK(checked.code == 0);
    warns(checked.out + checked.err);
    const auto validated = daemon.ctl({"config", "--validate"});
    CHECK(validated.code == 0);
    warns(validated.out + validated.err);
    CHECK(exists(path) == (kind == "another user's file"));
    daemon.start();
    CHECK(eventually([&] { return daemon.log().find(reason) != std::string::npos; }));
    daemon.configure(text(R"("env": {"A": "b"})"));
    const auto reloaded = daemon.ctl({"reload"});
    CHECK(reloaded.code == 0);
    warns(reloaded.out + reloaded.err);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("the worker's user replaces the log's directory by a link to root's: nothing is written there") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Theirs theirs;
    auto& daemon = theirs.daemon;
    std::filesystem::create_directory(daemon.path("roots"));
    daemon.start();
    REQUIRE(theirs.logs());
    std::filesystem::rename(daemon.path("home/app"), daemon.path("home/away"));
    theirs.plant(daemon.path("roots"), daemon.path("home/app"));
    REQUIRE(eventually([&] { return theirs.said("web: its log cannot be written") > 0; }));
    CHECK(theirs.said("home/app is a symbolic link to " + daemon.path("roots")) > 0);
    CHECK(std::filesystem::is_empty(daemon.path("roots")));
    std::filesystem::remove(daemon.path("home/app"));
    std::filesystem::rename(daemon.path("home/away"), daemon.path("home/app"));
    CHECK(eventually([&] { return theirs.said("web: its log can be written again") == 1; }));
    CHECK(std::filesystem::is_empty(daemon.path("roots")));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("links in the names of old and temporary files are neither followed nor waited for") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Theirs theirs("sleep 0.2; " + std::string(ticks),
                  R"(, "format": "raw", "rotateSize": "1KiB", "keep": 2, "compress": "zstd")");
    auto& daemon = theirs.daemon;
    const auto& log = theirs.log;
    for (const auto& name : {log + ".2", log + ".1.zst", log + ".2.zst", daemon.path("home/app/.web.log.zst.tmp"), log + ".3"})
        theirs.plant(daemon.path("victim"), name);
    REQUIRE(::mkfifo((log + ".1").c_str(), 0666) == 0);
    daemon.start();
    CHECK(eventually([&] {
        return owner_of(log + ".2.zst") == nobody &&
               std::filesystem::is_regular_file(std::filesystem::symlink_status(log + ".2.zst"));
    }));
    CHECK(theirs.untouched());
    CHECK(owner_of(daemon.path("victim")) == 0);
    CHECK(daemon.stop() == 0);
    CHECK(theirs.untouched());
}

TEST_CASE("root refuses a log directory that others can write, and a planted file in a sticky one") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Daemon daemon;
    const auto path = daemon.path("shared/web.log");
    std::filesystem::create_directory(daemon.path("shared"));
    daemon.configure(worker("web", shell(ticks), R"("log": {"file": ")" + path + "\"}"));
    const bool sticky = GENERATE(false, true);
    REQUIRE(::chmod(daemon.path("shared").c_str(), sticky ? 01777 : 0777) == 0);
    if (sticky) {
        write_text(path, "");
        Theirs::give(path);
    }
    daemon.start();
    REQUIRE(eventually([&] { return daemon.log().find("web: its log cannot be written, it runs on") != std::string::npos; }));
    CHECK(daemon.log().find(sticky ? path + " is a file of uid 65534"
                                   : "users other than its owner can write to the directory " + daemon.path("shared")) !=
          std::string::npos);
    if (sticky) CHECK(read_text(path).empty());
    if (sticky) std::filesystem::remove(path);
    else REQUIRE(::chmod(daemon.path("shared").c_str(), 0755) == 0);
    CHECK(eventually([&] { return read_text(path).find("tick") != std::string::npos; }));
    CHECK(daemon.stop() == 0);
    daemon.start();   // its own file of before is used on
    const auto size = read_text(path).size();
    CHECK(eventually([&] { return read_text(path).size() > size; }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("check and start: refuse a log that is a link, with its target, a FIFO, a socket, a directory or a device") {
    Daemon daemon;
    const std::string kind = GENERATE("link", "FIFO", "directory", "device", "link, named relative to the data directory");
    CAPTURE(kind);
    const auto path = kind == "device" ? "/dev/null" : daemon.path("web.log");
    const bool relative = kind.find("relative") != std::string::npos;
    if (kind.starts_with("link")) std::filesystem::create_symlink(daemon.path("victim"), path);
    if (kind == "FIFO") REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    if (kind == "directory") std::filesystem::create_directory(path);
    daemon.configure(
        worker("web", {"touch", daemon.path("started")}, R"("log": {"file": ")" + (relative ? "../web.log" : path) + "\"}"));
    for (const auto& words : {std::vector<std::string>{"--check"}, std::vector<std::string>{}}) {
        const auto done = run(daemon.command(words));
        INFO(done.out << done.err);
        CHECK(done.code == 1);
        CHECK(done.err.find(path + " is a ") != std::string::npos);
        CHECK(done.err.find("/workers/web/log") != std::string::npos);
        if (kind.starts_with("link")) CHECK(done.err.find("to " + daemon.path("victim")) != std::string::npos);
        CHECK(done.err.find("\"inherit\"") != std::string::npos);
        CHECK(done.err.find("\"none\"") != std::string::npos);
    }
    CHECK_FALSE(exists(daemon.path("started")));
    CHECK_FALSE(exists(daemon.path("victim")));
}

TEST_CASE("talosctl logs: a FIFO or a link in the place of one log is named, and the other logs are shown") {
    Daemon daemon(worker("one", shell("echo from one; exec sleep 120")) + worker("two", shell("echo from two; exec sleep 120")));
    daemon.start();
    REQUIRE(eventually([&] {
        return daemon.worker_log("one").find("from one") != std::string::npos &&
               daemon.worker_log("two").find("from two") != std::string::npos;
    }));
    std::filesystem::remove(daemon.data("logs/one.log"));
    write_text(daemon.path("secret"), "secret\n");
    const bool fifo = GENERATE(true, false);
    if (fifo) REQUIRE(::mkfifo(daemon.data("logs/one.log").c_str(), 0600) == 0);
    else std::filesystem::create_symlink(daemon.path("secret"), daemon.data("logs/one.log"));
    const auto done = daemon.ctl({"logs"});
    INFO(done.out << done.err);
    CHECK(done.code == 1);
    CHECK(done.out.find("from two") != std::string::npos);
    CHECK(done.out.find("secret") == std::string::npos);
    CHECK(done.err.find(daemon.data("logs/one.log") + " is a ") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE(
    "the process that compresses such a log has the rights of the directory's owner and no others, and cannot be traced by it") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Theirs theirs(ticks, R"(, "format": "raw", "rotateSize": "1KiB", "keep": 3, "compress": "zstd")");
    auto& daemon = theirs.daemon;
    const auto old = theirs.log + ".1";
    write_text(old, "old\n");
    REQUIRE(::truncate(old.c_str(), off_t{1} << 40) == 0);   // costs nothing, and takes long
    Theirs::give(old);
    daemon.start();
    pid_t helper = 0;
    REQUIRE(eventually([&] {
        for (const pid_t pid : talos::posix::descendants_of(daemon.pid()))
            if (read_text("/proc/" + std::to_string(pid) + "/comm") == "talosd-zstd\n") helper = pid;
        return helper != 0;
    }));
    const auto proc = "/proc/" + std::to_string(helper);
    const auto status = read_text(proc + "/status");
    CHECK(status.find("Uid:\t65534\t65534\t65534\t65534\n") != std::string::npos);
    CHECK(status.find("CapPrm:\t0000000000000000\n") != std::string::npos);
    CHECK(status.find("CapEff:\t0000000000000000\n") != std::string::npos);
    CHECK(status.find("NoNewPrivs:\t1\n") != std::string::npos);
    CHECK(owner_of(proc + "/environ") == 0);   // the kernel gives these to root where a process may not be traced
    CHECK(read_text(proc + "/environ").empty());
    CHECK(std::filesystem::read_symlink(proc + "/cwd") == "/");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
    CHECK(eventually([&] { return !alive(helper); }));
    CHECK_FALSE(exists(daemon.path("home/app/.web.log.zst.tmp")));
}
