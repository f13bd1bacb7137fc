#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

using namespace talos::test;

// What execve(2) leaves to talosd of the process that starts it. See "Inherited state" in talosd(8).

namespace {

void limit(int resource, rlim_t soft, rlim_t hard) {
    const rlimit both{soft, hard};
    if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) < 0) ::_exit(124);
}

/// Writes what `commands` print into the file `seen`, which is whole as soon as it is there.
std::string seeing(const std::string& commands) {
    return "{ " + commands + "; } >seen.tmp 2>&1; mv seen.tmp seen; exec sleep 120";
}

std::string seen(const Daemon& daemon) {
    REQUIRE(eventually([&] { return exists(daemon.path("seen")); }));
    return read_text(daemon.path("seen"));
}

/// Without `sh`, so that the process reports its own state.
const std::string signal_lines = "grep -E '^(SigPnd|ShdPnd|SigBlk|SigIgn):' /proc/self/status";
constexpr const char* no_signals =
    "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n";

mode_t mode_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

bool lives(Daemon& daemon) { return !daemon.process().ended() && daemon.ctl({"status"}).code == 0; }

/// It restarts what ends, answers, and stops.
void check_works(Daemon& daemon, const std::string& name) {
    const auto before = daemon.worker_in(name, "running");
    kill_main(before);
    daemon.worker_after(name, before.pid);
    CHECK(lives(daemon));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

}   // namespace

TEST_CASE("inherited: a file size limit fails writes of talosd as a full disk does, and holds for workers as it was given") {
    constexpr rlim_t most = 32 * 1024;
    Daemon daemon(worker("w", shell("yes | head -c 100000; " + seeing("ulimit -Hf; " + signal_lines)),
                         R"("log": {"format": "raw"}, "restart": {"delay": "0s"})"));
    auto how = daemon.command();
    how.before_exec = [] { limit(RLIMIT_FSIZE, most, most); };
    const auto limit_as_shown = run(Command{.argv = shell("ulimit -Hf"), .before_exec = how.before_exec}).out;
    daemon.start(how);
    CHECK(seen(daemon) == limit_as_shown + no_signals);
    REQUIRE(eventually([&] { return daemon.log().find("File too large") != std::string::npos; }));
    CHECK(std::filesystem::file_size(daemon.data("logs/w.log")) == most);
    check_works(daemon, "w");
}

TEST_CASE("inherited: what can be raised of a file size limit is not talosd's, and workers get it back") {
    Daemon daemon(worker("w", shell("yes | head -c 100000; " + seeing("ulimit -Sf")), R"("log": {"format": "raw"})"));
    auto how = daemon.command();
    how.before_exec = [] { limit(RLIMIT_FSIZE, 32 * 1024, RLIM_INFINITY); };
    const auto limit_as_shown = run(Command{.argv = shell("ulimit -Sf"), .before_exec = how.before_exec}).out;
    daemon.start(how);
    CHECK(seen(daemon) == limit_as_shown);
    CHECK(eventually([&] { return std::filesystem::file_size(daemon.data("logs/w.log")) == 100'000; }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("inherited: a rotated log is compressed within a file size limit") {
    Daemon daemon(worker("w", shell("yes | head -c 20000; exec sleep 120"),
                         R"("log": {"format": "raw", "rotateSize": "16KiB", "keep": 2, "compress": "zstd"})"));
    auto how = daemon.command();
    how.before_exec = [] { limit(RLIMIT_FSIZE, 32 * 1024, 32 * 1024); };
    daemon.start(how);
    CHECK(eventually([&] { return exists(daemon.data("logs/w.log.1.zst")); }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("inherited: an interval timer and a pending alarm do not end talosd, nor do the signals of limits and timers") {
    Daemon daemon(worker("late", shell("sleep 1; echo late; exec sleep 120")));
    auto how = daemon.command();
    how.before_exec = [] {
        const itimerval soon{{0, 0}, {0, 500'000}};
        ::setitimer(ITIMER_REAL, &soon, nullptr);
        sigset_t blocked;
        ::sigemptyset(&blocked);
        for (const int number : {SIGVTALRM, SIGPROF, SIGUSR2, SIGXCPU}) ::sigaddset(&blocked, number);
        ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
        for (const int number : {SIGVTALRM, SIGPROF, SIGUSR2, SIGXCPU}) (void)::raise(number);
    };
    daemon.start(how);
    REQUIRE(eventually([&] { return daemon.worker_log("late").find("late") != std::string::npos; }));
    for (const int number : {SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGIO, SIGPWR, SIGUSR2})
        daemon.process().signal(number);
    check_works(daemon, "late");
}

TEST_CASE("inherited: signals that are ignored and blocked, of talosd and of workers") {
    Daemon daemon(worker("w", shell(seeing(signal_lines))));
    auto how = daemon.command();
    how.before_exec = [] {
        for (int number = 1; number <= SIGRTMAX; ++number)
            (void)::signal(number, SIG_IGN);   // SIGCHLD and, as nohup does, SIGHUP too
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, nullptr);
    };
    daemon.start(how);
    CHECK(seen(daemon) == no_signals);
    check_works(daemon, "w");
}

TEST_CASE("inherited: talosctl started with SIGCHLD ignored starts talosd, and says why one did not start") {
    Daemon daemon(worker("w", sleeper()));
    auto how = daemon.ctl_command({"start"});
    how.before_exec = [] { (void)::signal(SIGCHLD, SIG_IGN); };
    const auto done = run(how);
    CHECK(done.code == 0);
    daemon.take_detached();
    CHECK(daemon.ctl({"stop"}).code == 0);
    std::filesystem::create_directory(daemon.data("daemon.log.d"));
    write_text(daemon.path("talos.json"), "{");
    CHECK(run(how).code == 1);
}

TEST_CASE("inherited: the umask is the workers', talosd's files have their own modes") {
    const mode_t mask = GENERATE(mode_t{0}, mode_t{0777});
    CAPTURE(mask);
    Daemon daemon(worker("w", shell("umask; exec sleep 120"), R"("log": {"format": "raw"})") +
                  worker("own", shell("umask; exec sleep 120"), R"("log": {"format": "raw"}, "umask": "0027")"));
    auto how = daemon.command();
    how.before_exec = [mask] { ::umask(mask); };
    SECTION("of talosd") { daemon.start(how); }
    SECTION("of talosctl") {
        auto starter = daemon.ctl_command({"start"});
        starter.before_exec = how.before_exec;
        const auto done = run(starter);
        CHECK(done.err == "");
        REQUIRE(done.code == 0);
        daemon.take_detached();
    }
    REQUIRE(eventually([&] { return !daemon.worker_log("w").empty() && !daemon.worker_log("own").empty(); }));
    CHECK(daemon.worker_log("w") == (mask == 0 ? "0000\n" : "0777\n"));
    CHECK(daemon.worker_log("own") == "0027\n");
    CHECK(mode_of(daemon.path("data")) == 0700);
    CHECK(mode_of(daemon.data("logs")) == 0700);
    for (const char* file : {"daemon.pid", "status.json", "daemon.log", "events.jsonl", "logs/w.log"}) {
        CAPTURE(file);
        CHECK(mode_of(daemon.data(file)) == 0600);
    }
    CHECK(daemon.ctl({"status"}).code == 0);
    CHECK(daemon.ctl({"stop"}).code == 0);
}

TEST_CASE("inherited: standard descriptors that cannot be written, and others that are open") {
    Daemon daemon(worker("w", shell(seeing("ls /proc/self/fd"))));
    auto how = daemon.command();
    how.before_exec = [] {
        const int readable = ::open("/dev/null", O_RDONLY);
        for (const int fd : {STDOUT_FILENO, STDERR_FILENO, 3, 4, 5, 200}) ::dup2(readable, fd);
        ::close(STDIN_FILENO);
    };
    daemon.start(how);
    const auto descriptors = seen(daemon);
    CHECK(descriptors == "0\n1\n2\n3\n");   // the last is that of ls
    check_works(daemon, "w");
}

TEST_CASE("inherited: a deleted working directory is named by what depends on it, and does not matter to what does not") {
    Daemon daemon(worker("w", sleeper()));
    const auto in_deleted = [&](std::vector<std::string> argv) {
        Command how{.argv = std::move(argv), .cwd = daemon.path("deleted")};
        how.before_exec = [place = daemon.path("deleted")] { ::rmdir(place.c_str()); };
        std::filesystem::create_directory(daemon.path("deleted"));
        return how;
    };
    const std::string sentence = "the working directory was deleted; start the program in an existing one, or use absolute paths";
    const auto check_refused = [&](const std::vector<std::string>& argv, int code = 1) {
        const auto done = run(in_deleted(argv));
        INFO(done.out);
        CHECK(done.code == code);
        CHECK(done.err.find(sentence) != std::string::npos);
    };
    const auto talosd = bin_dir() + "/talosd";
    const auto talosctl = bin_dir() + "/talosctl";
    check_refused({talosd, "--", "true"});
    check_refused({talosd, "--config", "talos.json"});
    check_refused({talosd, "--config", daemon.path("talos.json"), "--data-dir", "data"});
    check_refused({talosctl, "--config", "talos.json", "stop"});
    check_refused({talosctl, "--data-dir", "data", "stop"});
    check_refused({talosctl, "--data-dir", "data", "status"}, 4);
    check_refused({talosctl, "--config", daemon.path("talos.json"), "--data-dir", "data", "start"});

    auto how = in_deleted(daemon.command().argv);
    how.new_session = true;
    daemon.start(how);
    CHECK(run(in_deleted({talosctl, "--data-dir", daemon.path("data"), "status"})).code == 0);
    CHECK(run(in_deleted(daemon.ctl_command({"status"}).argv)).code == 0);
    check_works(daemon, "w");
}

TEST_CASE("inherited: an environment that is empty or full of nonsense") {
    Daemon daemon(worker("w", {"/bin/sh", "-c", "echo läuft; exec sleep 120"}, R"("autostart": true)"));
    auto how = daemon.command();
    SECTION("empty") { how.argv.insert(how.argv.begin(), {"env", "-i"}); }
    SECTION("nonsense") {
        for (const char* name : {"LC_ALL", "LANG", "LANGUAGE", "TZ", "TERM", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
                                 "TMPDIR", "COLUMNS", "NO_COLOR", "WATCHDOG_PID", "WATCHDOG_USEC", "NOTIFY_SOCKET", "LISTEN_FDS",
                                 "LISTEN_PID", "TALOS_RUN", "TALOS_WORKER", "TALOS_HOOK"})
            how.env.emplace_back(name, "\xff nonsense/..;%n");
        how.env.emplace_back("MALLOC_PERTURB_", "165");
        how.env.emplace_back("GLIBCXX_FORCE_NEW", "1");
    }
    SECTION("long") { how.env.emplace_back("NOTIFY_SOCKET", "/" + std::string(5000, 'x')); }
    daemon.start(how);
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("läuft") != std::string::npos; }));
    check_works(daemon, "w");
}

TEST_CASE("inherited: no arguments at all, not even a name") {
    Daemon daemon(worker("w", sleeper()));
    auto how = daemon.command();
    how.env = {{"TALOS_CONFIG", daemon.path("talos.json")}, {"TALOS_DATA_DIR", daemon.path("data")}};
    std::vector<std::string> entries;
    for (const auto& [name, value] : how.env) entries.push_back(name + "=" + value);
    how.before_exec = [entries, program = how.argv.front()]() mutable {
        std::array<char*, 1> none{nullptr};
        std::array<char*, 3> environment{entries[0].data(), entries[1].data(), nullptr};
        ::execve(program.c_str(), none.data(), environment.data());
    };
    daemon.start(how);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("inherited: limits of other kinds") {
    Daemon daemon(worker("w", shell(seeing("ulimit -Ss; ulimit -Sc; ulimit -Si; ulimit -St"))));
    auto how = daemon.command();
    how.before_exec = [] {
        limit(RLIMIT_STACK, 512 * 1024, RLIM_INFINITY);
        limit(RLIMIT_CORE, 0, 0);
        limit(RLIMIT_SIGPENDING, 0, 0);
        limit(RLIMIT_MEMLOCK, 0, 0);
        limit(RLIMIT_CPU, 600, 700);
        if (!sanitized) limit(RLIMIT_AS, rlim_t{512} << 20, rlim_t{512} << 20);
    };
    how.argv.front() = bin_dir() + "/talosd";
    Command plain{.argv = {"bash", "-c", "ulimit -Ss; ulimit -Sc; ulimit -Si; ulimit -St"}, .before_exec = how.before_exec};
    daemon.configure(worker("w", {"bash", "-c", seeing("ulimit -Ss; ulimit -Sc; ulimit -Si; ulimit -St")}));
    daemon.start(how);
    CHECK(seen(daemon) == run(plain).out);
    check_works(daemon, "w");
}

TEST_CASE("inherited: too little memory ends the start with a sentence") {
    if (sanitized) TALOS_SKIP("a sanitizer needs more memory than this limit");
    Daemon daemon(worker("w", sleeper()));
    // From where its options can be read to where all can be done: in between, somewhere, an allocation fails.
    bool started = false;
    for (rlim_t kib = 4'000; kib < 64'000 && !started; kib += 500) {
        Command options{.argv = {bin_dir() + "/talosd", "--version"},
                        .before_exec = [kib] { limit(RLIMIT_AS, kib * 1024, kib * 1024); }};
        if (run(options).code != 0) continue;
        auto how = daemon.command({"--check"});
        how.before_exec = options.before_exec;
        const auto done = run(how);
        CAPTURE(kib, done.code, done.err);
        CHECK(done.err.find("terminate") == std::string::npos);
        CHECK(done.code <= 1);
        started = done.code == 0;
    }
    CHECK(started);
}

TEST_CASE("inherited: priorities, privileges and processors are the workers', as they are talosd's") {
    const std::string script = "nice; cat /proc/self/oom_score_adj /proc/self/timerslack_ns; "
                               "grep -E '^(NoNewPrivs|CapInh|CapBnd|CapAmb|Cpus_allowed|Seccomp):' /proc/self/status; "
                               "cut -d' ' -f 41 /proc/self/stat; ulimit -a | grep -v 'open files'";
    Daemon daemon(worker("w", {"bash", "-c", seeing(script)}));
    auto how = daemon.command();
    how.before_exec = [] {
        (void)::nice(3);
        const sched_param none{};
        ::sched_setscheduler(0, SCHED_BATCH, &none);
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        ::prctl(PR_SET_TIMERSLACK, 60'000, 0, 0, 0);
        constexpr int sys_boot = 22;
        ::prctl(PR_CAPBSET_DROP, sys_boot, 0, 0, 0);   // refused to an ordinary user
        const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        if (::write(file, "500", 3) < 0) ::_exit(124);
    };
    daemon.start(how);
    CHECK(seen(daemon) == run(Command{.argv = {"bash", "-c", script}, .before_exec = how.before_exec}).out);
    check_works(daemon, "w");
}

TEST_CASE("inherited: talosd that its user may execute but not read") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon;
    const auto place = daemon.path("bin");
    std::filesystem::create_directory(place);
    std::filesystem::copy_file(bin_dir() + "/talosd", place + "/talosd");
    REQUIRE(::chmod((place + "/talosd").c_str(), 0711) == 0);
    daemon.configure(worker("w", sleeper(), R"("autostart": true)"));
    std::filesystem::create_directory(daemon.path("data"));
    for (const auto& path : {daemon.path("data"), daemon.path("talos.json")}) REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);
    REQUIRE(::chmod(daemon.path(".").c_str(), 0755) == 0);
    REQUIRE(::chmod(daemon.path("data").c_str(), 0700) == 0);
    REQUIRE(::chmod(place.c_str(), 0755) == 0);
    auto how = daemon.command();
    how.argv.front() = place + "/talosd";
    how.before_exec = [] { become(nobody); };
    daemon.start(how);
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    daemon.worker_after("w", before.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("inherited: a start that is stopped goes on when it is continued, and needs no session of its own") {
    Daemon daemon(worker("w", sleeper()));
    auto how = daemon.command();
    how.new_session = false;
    how.before_exec = [] { (void)::raise(SIGSTOP); };
    daemon.launch(how);
    REQUIRE(eventually([&] { return proc(daemon.process().pid()).state == 'T'; }));
    daemon.process().signal(SIGCONT);
    daemon.await_running();
    check_works(daemon, "w");
}

TEST_CASE("inherited: children of the program that became talosd are unowned, and end with talosd") {
    Daemon daemon(worker("w", sleeper()));
    auto how = daemon.command();
    std::string line = "sleep 119 </dev/null >/dev/null 2>&1 & echo $! >child; exec";
    for (const auto& word : how.argv) line += " '" + word + "'";
    how.argv = shell(line);
    daemon.start(how);
    REQUIRE(eventually([&] { return exists(daemon.path("child")); }));
    const auto child = static_cast<pid_t>(std::stol(read_text(daemon.path("child"))));
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    daemon.worker_after("w", before.pid);
    CHECK(alive(child));
    CHECK(eventually([&] {
        return daemon.log().find("process " + std::to_string(child) + " (sleep 119) was left over") != std::string::npos;
    }));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(child));
}
