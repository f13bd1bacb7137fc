#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// What talosd and talosctl believe, and whose files those are. Most of it needs two users.
using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void give(const std::string& path, uid_t owner, mode_t mode) {
    REQUIRE(::lchown(path.c_str(), owner, owner) == 0);
    if (!std::filesystem::is_symlink(path)) REQUIRE(::chmod(path.c_str(), mode) == 0);
}

/// What a shell script of root did in a PID namespace of its own, where it may signal what it likes. `$D` is the data directory, of
/// `owner`; `forge PID` writes a status.json that names this process, and daemon.pid; `lock` holds daemon.pid's lock.
Finished in_sandbox(const Daemon& daemon, uid_t owner, const std::string& script) {
    const std::string data = daemon.path("data");
    std::filesystem::create_directory(data);
    give(data, owner, 0755);
    give(daemon.path(""), 0, 0755);
    const std::string setup =
        "D=" + data + "; F=" + daemon.path("forged") + "; T='" + bin_dir() +
        "/talosctl --data-dir '$D; sleep 120 & B=$!\n"
        "as_owner() { setpriv --reuid=" +
        std::to_string(owner) + " --regid=" + std::to_string(owner) +
        " --clear-groups \"$@\"; }\n"
        "forge() { python3 - $1 <<'E' >$F\n"
        "import os,sys\n"
        "p=sys.argv[1]\n"
        "t=open('/proc/'+p+'/stat').read().rsplit(')',1)[1].split()[19]\n"
        "b=open('/proc/sys/kernel/random/boot_id').read().strip()\n"
        "print('{\"schema\":1,\"version\":\"0\",\"sequence\":1,\"pid\":'+p+',\"startTicks\":'+t+',\"bootId\":\"'+b+'\","
        "\"pidNamespace\":'\n"
        "      "
        "+str(os.stat('/proc/self/ns/"
        "pid').st_ino)+',\"startedAt\":1,\"state\":\"running\",\"run\":\"x\",\"stopTimeout\":1000,\"updatedAt\":1,'\n"
        "      '\"workers\":[]}')\n"
        "E\n"
        "cp $F $D/status.json; echo $1 >$D/daemon.pid\n"
        "chown " +
        std::to_string(owner) +
        " $D/status.json $D/daemon.pid; chmod 600 $D/status.json $D/daemon.pid; }\n"
        "lock() { as_owner " +
        installed("python3") +
        " -c 'import fcntl,os,struct,sys,time\n"
        "fd=os.open(sys.argv[1],os.O_RDWR)\n"
        "fcntl.fcntl(fd,37,struct.pack(\"hhqqi4x\",fcntl.F_WRLCK,0,0,0,0))\n"   // F_OFD_SETLK
        "open(sys.argv[2],\"w\")\n"
        "time.sleep(120)' $D/daemon.pid $D/held & while ! test -e $D/held; do sleep 0.02; done; }\n";
    return run(Command{.argv = {"unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
                                setup + "exec 2>&1\n" + script + "\nkill -0 $B && echo bystander lives; true"}});
}

}   // namespace

TEST_CASE("a forged status.json in a directory of another user: root's stop signals nothing and names the owner") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const auto lock = GENERATE(as<std::string>{}, "lock", "true");
    CAPTURE(lock);
    const Daemon daemon;
    for (const auto* words : {"stop --timeout 1s", "stop --force --timeout 1s"}) {
        const auto done = in_sandbox(
            daemon, nobody, "forge $B; " + lock + "; $T " + words + "; echo stop=$?; test -e $D/status.json && echo kept");
        INFO(words << "\n" << done.out << done.err);
        CHECK(has(done.out, "bystander lives"));
        CHECK(has(done.out, "stop=4"));
        CHECK(has(done.out, "kept"));
        CHECK(has(done.out, "uid 65534"));
        std::filesystem::remove_all(daemon.path("data"));
    }
}

TEST_CASE("a forged file in an own directory: of another user, with a second name, or writable by others, it is not believed") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const auto forged =
        GENERATE(as<std::string>{}, "chown 65534 $D/status.json", "chown 65534 $D/daemon.pid", "ln $D/status.json $D/x",
                 "chmod 666 $D/status.json", "mv $D/status.json $D/x; ln -s x $D/status.json", "chmod 777 $D");
    const auto lock = GENERATE(as<std::string>{}, "lock", "true");
    CAPTURE(forged, lock);
    const Daemon daemon;
    const auto done = in_sandbox(daemon, 0, "forge $B; " + lock + "; " + forged + "; $T stop --timeout 1s; echo stop=$?");
    INFO(done.out << done.err);
    CHECK(has(done.out, "bystander lives"));
    CHECK(has(done.out, "stop=4"));
    CHECK(has(done.out, daemon.path("data")));
}

TEST_CASE("in an own directory with own files, talosctl acts on what they say") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon;
    const auto done = in_sandbox(daemon, 0, "forge $B; lock; $T stop --timeout 1s; echo stop=$?");
    INFO(done.out << done.err);
    CHECK_FALSE(has(done.out, "bystander lives"));
}

TEST_CASE("root uses another user's talosd over its socket: status, logs, workers, stop") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    Daemon daemon(worker("web", shell("echo hello from web; exec sleep 120")));
    give(daemon.path(""), nobody, 0755);
    give(daemon.path("talos.json"), nobody, 0644);
    std::filesystem::copy_file(daemon.command().argv[0], daemon.path("talosd"));
    auto how = daemon.command();
    how.argv[0] = daemon.path("talosd");
    how.before_exec = [] { become(nobody); };
    daemon.start(how);
    const auto web = daemon.worker_in("web", "running");
    const auto ctl = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {bin_dir() + "/talosctl", "--data-dir", daemon.path("data")});
        return run(Command{.argv = words, .cwd = "/"});
    };
    const auto status = ctl({"status"});
    INFO(status.out << status.err);
    CHECK(status.code == 0);
    CHECK(has(status.out, std::to_string(web.pid)));
    REQUIRE(eventually([&] { return has(daemon.worker_log("web"), "hello"); }));
    CHECK(has(ctl({"logs", "web"}).out, "hello from web"));
    CHECK(ctl({"restart", "web"}).code == 0);
    const auto refused = ctl({"restart"});
    CHECK(refused.code == 4);
    CHECK(has(refused.err, "uid 65534"));

    const auto stopped = ctl({"stop"});
    INFO(stopped.out << stopped.err);
    CHECK(stopped.code == 0);
    CHECK(has(stopped.out, "talosd stopped (pid " + std::to_string(daemon.pid()) + ")"));
    CHECK(daemon.process().wait() == 0);
    const auto logs = ctl({"logs", "web"});   // its files are not read: they could be links to any file
    CHECK(logs.code == 4);
    CHECK(has(logs.err, "uid 65534"));
}

TEST_CASE("a socket that a process of another user serves in root's directory is not asked") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon;
    const auto done =
        in_sandbox(daemon, 0,
                   "chmod 777 $D; forge $B; lock; as_owner setpriv --reuid=65534 --clear-groups " + installed("python3") +
                       " -c '"
                       "import socket,sys,time\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen()\n"
                       "c=s.accept()[0]\nprint(\"asked:\",c.recv(100))' $D/control.sock & while ! test -e $D/control.sock; do "
                       "sleep 0.02; done; "
                       "$T stop --timeout 1s; echo stop=$?");
    INFO(done.out << done.err);
    CHECK(has(done.out, "bystander lives"));
    CHECK(has(done.out, "stop=4"));
    CHECK_FALSE(has(done.out, "asked: b'P"));   // a connection that was closed without a request
}

TEST_CASE("a talosd that cannot answer a stop request is stopped by SIGTERM, not killed") {
    Daemon daemon(worker("web", sleeper()));
    auto how = daemon.command();
    how.env.emplace_back("ASAN_OPTIONS", "detect_leaks=0");   // LeakSanitizer needs descriptors at the end
    daemon.start(how);
    daemon.worker_in("web", "running");
    rlimit given{};
    REQUIRE(::prlimit(daemon.pid(), RLIMIT_NOFILE, nullptr, &given) == 0);
    const rlimit none{0, given.rlim_max};
    REQUIRE(::prlimit(daemon.pid(), RLIMIT_NOFILE, &none, nullptr) == 0);
    const auto stopped = daemon.ctl({"stop", "--timeout", "25s"});
    INFO(stopped.out << stopped.err << daemon.log());
    CHECK(stopped.code == 0);
    CHECK(has(stopped.out, "talosd stopped"));
    CHECK(daemon.process().wait() == 0);
    CHECK(has(daemon.log(), "stopping (SIGTERM)"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a SIGTERM after a shutdown request is the same stop, the next one kills") {
    Daemon daemon(worker("deaf", {program("ignore_term")}, stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("deaf"), "ready"); }));
    CHECK(call(daemon, "POST", "/v1/shutdown").status / 100 == 2);
    daemon.process().signal(SIGTERM);
    REQUIRE(eventually([&] { return has(daemon.log(), "SIGTERM: already stopping, as requested"); }));
    CHECK_FALSE(has(daemon.log(), "sending SIGKILL"));
    CHECK(daemon.worker_in("deaf", "stopping").pid != 0);
    daemon.process().signal(SIGTERM);
    CHECK(daemon.process().wait() == 0);
    CHECK(has(daemon.log(), "SIGTERM again: sending SIGKILL"));
}

TEST_CASE("a shutdown request that talosd reads after the SIGTERM is the same stop") {
    Daemon daemon(worker("deaf", {program("ignore_term")}, stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("deaf"), "ready"); }));
    daemon.process().signal(SIGSTOP);
    REQUIRE(eventually([&] { return proc(daemon.pid()).state == 'T'; }));
    Call late(daemon, "POST", "/v1/shutdown");
    daemon.process().signal(SIGTERM);
    daemon.process().signal(SIGCONT);
    CHECK(daemon.worker_in("deaf", "stopping").pid != 0);
    REQUIRE(eventually([&] { return late.answered(); }));
    CHECK_FALSE(has(daemon.log(), "sending SIGKILL"));
    daemon.process().signal(SIGTERM);
    daemon.process().signal(SIGTERM);
    CHECK(eventually([&] {
        if (!daemon.process().ended()) daemon.process().signal(SIGTERM);
        return daemon.process().ended().has_value();
    }));
}
