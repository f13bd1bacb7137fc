#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include "system/talos/cgroup.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/health.hpp"
#include "system/talos/notifier.hpp"
#include <csignal>
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;

// Whose notifications talosd believes.

namespace {

constexpr const char* notify = R"("ready": {"notify": true})";
constexpr const char* raw = R"(, "log": {"format": "raw"})";
constexpr const char* patient_watchdog = R"("health": {"watchdog": true, "interval": "30s"})";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Other users have to reach the helpers and their own files.
void open_to_all(const Daemon& daemon) { REQUIRE(::chmod(daemon.path("").c_str(), 0755) == 0); }

/// Waits for the file "victim", which has the victim's socket, becomes its image in the environment, and reports it.
constexpr const char* attack = R"(
wait_for('victim')
if os.environ['TALOS_WORKER'] != 'victim':
    os.environ.update(TALOS_WORKER='victim', NOTIFY_SOCKET=open('victim').read())
    os.execv(sys.executable, [sys.executable, '-u', '-B', '-c', 'from helpers import *' + chr(10) + open('attack').read()])
try: notify('WATCHDOG=trigger'); print('sent')
except OSError as error: print(type(error).__name__)
rest()
)";

const std::string without_cgroups = R"("cgroup": "off", )";

/// daemonise(path, text, environment): a process in a session of its own whose parents have exited, with no descriptors of theirs, which
/// sends the text.
const std::string daemonise = R"(
sender = """
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(sys.argv[2].encode(), sys.argv[1])
time.sleep(120)
"""
def daemonise(path, text, environment):
    if os.fork() != 0: return os.wait()
    os.setsid()
    first = os.getpid()
    if os.fork() != 0: os._exit(0)
    os.setsid()
    while os.getppid() == first: time.sleep(0.005)
    null = os.open('/dev/null', os.O_RDWR)
    for fd in (0, 1, 2): os.dup2(null, fd)
    os.closerange(3, 1024)
    os.execve(sys.executable, [sys.executable, '-c', sender, path, text], environment)
)";

/// The attacker's daemon tells the victim's socket, once that is in the file "victim", that the victim must be restarted.
std::string victim_and_daemon(const Daemon& daemon, const std::string& environment) {
    return worker("victim", sleeper(), patient_watchdog) +
           worker("attacker",
                  python(daemon, daemonise + "wait_for('victim')\ndaemonise(open('victim').read(), 'WATCHDOG=trigger', " +
                                     environment + "); rest()"));
}

void check_that_victim_lives(Daemon& daemon) {
    daemon.start();
    const auto before = daemon.worker_in("victim", "running");
    write_text(daemon.path("victim.tmp"), notify_socket_of(before));
    std::filesystem::rename(daemon.path("victim.tmp"), daemon.path("victim"));
    CHECK(eventually([&] { return has(daemon.log(), "which is none of its processes, is ignored"); }));
    CHECK(daemon.worker_in("victim", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
}

std::string first_line(const Daemon& daemon, const std::string& worker) {
    REQUIRE(eventually([&] { return has(daemon.worker_log(worker), "\n"); }));
    const auto log = daemon.worker_log(worker);
    return log.substr(0, log.find('\n'));
}

/// A victim and a worker that attacks it; what the attacker prints.
std::string attack_by(const Daemon& daemon) {
    const auto before = daemon.worker_in("victim", "running");
    write_text(daemon.path("attack"), attack);
    write_text(daemon.path("victim.tmp"), notify_socket_of(before));
    std::filesystem::rename(daemon.path("victim.tmp"), daemon.path("victim"));
    return first_line(daemon, "attacker");
}

}   // namespace

TEST_CASE("notify trust: a worker of another user cannot even send in the name of root's") {
    if (!is_root()) TALOS_SKIP("only root has workers of other users");
    Daemon daemon;
    open_to_all(daemon);
    daemon.configure(worker("victim", sleeper(), patient_watchdog) +
                     worker("attacker", python(daemon, attack), std::string(R"("user": "nobody")") + raw));
    daemon.start();
    const auto before = daemon.worker_in("victim", "running");
    CHECK(attack_by(daemon) == "PermissionError");
    CHECK(daemon.worker_in("victim", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("notify trust: the marks of another worker do not make a process its own") {
    Daemon daemon;
    daemon.configure(worker("victim", sleeper(), patient_watchdog) +
                     worker("attacker", python(daemon, attack), std::string(R"("autostart": true)") + raw));
    daemon.start();
    const auto before = daemon.worker_in("victim", "running");
    const auto attacker = daemon.worker_in("attacker", "running");
    CHECK(attack_by(daemon) == "sent");
    const auto refused =
        "a notification from pid " + std::to_string(attacker.pid) + ", which is none of its processes, is ignored";
    CHECK(eventually([&] { return has(daemon.log(), refused); }));
    CHECK(daemon.worker_in("victim", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("notify trust: no answer says the run by which talosd finds its processes, and status.json does") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto mark = daemon.run_mark().substr(std::string("TALOS_RUN=").size());
    REQUIRE(mark.size() == 32);
    CHECK(has(read_text(daemon.data("status.json")), mark));
    for (const char* target : {"/v1/status", "/v1/workers/w", "/v1/events", "/metrics"}) {
        const auto answer = call(daemon, "GET", target);
        CHECK(answer.status == 200);
        CHECK_FALSE(has(answer.body, mark));
    }
    CHECK_FALSE(call(daemon, "GET", "/v1/status").json.contains("run"));
    const std::vector<std::vector<std::string>> commands{
        {"status", "--json"}, {"status"}, {"why", "w", "--json"}, {"events", "--json"}, {"config"}};
    for (const auto& words : commands) {
        const auto shown = daemon.ctl(words);
        CHECK(shown.code == 0);
        CHECK_FALSE(has(shown.out, mark));
    }
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(has(read_text(daemon.data("events.jsonl")), mark));
}

TEST_CASE("notify trust: the socket has the same path in each run of the worker and of talosd, fits an address, and goes with "
          "its run") {
    Daemon daemon(worker("w", sleeper(), patient_watchdog));
    daemon.start();
    const auto first = daemon.worker_in("w", "running");
    const auto path = notify_socket_of(first);
    CHECK(path.starts_with('/'));
    CHECK(path.size() <= 107);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 077) == 0);
    kill_main(first);
    CHECK(notify_socket_of(daemon.worker_after("w", first.pid)) == path);
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(exists(path));
    CHECK_FALSE(exists(path.substr(0, path.rfind('/'))));
    daemon.start();
    CHECK(notify_socket_of(daemon.worker_in("w", "running")) == path);
    daemon.kill();
    CHECK(exists(path));
    daemon.configure(worker("w", sleeper()));
    daemon.start();
    CHECK_FALSE(exists(path));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("notify trust: the sockets that a killed talosd left go with `talosctl stop`") {
    Daemon daemon(worker("w", sleeper(), patient_watchdog));
    daemon.start_detached();
    const auto path = notify_socket_of(daemon.worker_in("w", "running"));
    daemon.kill();
    CHECK(exists(path));
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK_FALSE(exists(path.substr(0, path.rfind('/'))));
}

TEST_CASE("notify trust: a program that changes its user needs a config that names it") {
    if (!is_root()) TALOS_SKIP("only root has programs that change their user");
    Daemon daemon;
    open_to_all(daemon);
    const auto script =
        "os.setgid(65534); os.setuid(65534)\n"
        "try: notify('READY=1\\nMAINPID=%d' % os.getpid())\nexcept OSError as error: print(type(error).__name__)\nrest()";
    daemon.configure(
        worker("without", python(daemon, script), std::string(notify) + raw) +
        worker("with", python(daemon, script), std::string(notify) + R"(, "notify": {"user": "nobody"})") +
        worker("unknown", sleeper(), std::string(notify) + R"(, "notify": {"user": "no-such-user"}, "restart": "never")"));
    daemon.start();
    CHECK(first_line(daemon, "without") == "PermissionError");
    daemon.worker_in("with", "running");
    CHECK(last_told(daemon, "with", "running").cause == "ready");
    const auto unknown = daemon.worker_in("unknown", "exited");
    CHECK(has(unknown.reason, "there is no user \"no-such-user\""));
    CHECK(daemon.worker_in("without", "starting").state == "starting");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("notify trust: what a sender that has exited wrote counts") {
    Daemon daemon;
    daemon.configure(worker(
        "w",
        python(daemon, "wait_for('go')\nsubprocess.run([sys.executable, '-c', 'from helpers import *; notify(\"READY=1\")'])\n"
                       "open('done', 'w')\nrest()"),
        notify));
    daemon.start();
    const auto starting = daemon.worker_in("w", "starting");
    daemon.process().signal(SIGSTOP);
    write_text(daemon.path("go"), "");
    const bool done = eventually([&] { return exists(daemon.path("done")); });
    daemon.process().signal(SIGCONT);
    CHECK(done);
    CHECK(daemon.worker_in("w", "running").pid == starting.pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("notify trust: what a daemon says counts whose parents have exited and whose session is its own") {
    Daemon daemon;
    daemon.configure(worker("w",
                            python(daemon, "if os.fork() == 0:\n"
                                           "    os.setsid()\n"
                                           "    first = os.getpid()\n"
                                           "    if os.fork() != 0: os._exit(0)\n"
                                           "    os.setsid()\n"
                                           "    while os.getppid() == first: time.sleep(0.005)\n"
                                           "    notify('READY=1'); rest()\n"
                                           "os.wait(); rest()"),
                            notify));
    daemon.start();
    CHECK(daemon.worker_in("w", "running").ready);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("notify trust: what a daemon says counts that has left its session, its environment, its descriptors and its parents") {
    const auto mode = GENERATE(as<std::string>{}, "", without_cgroups);
    if (mode.empty() && !has_cgroups()) return;
    Daemon daemon;
    daemon.configure(
        worker("w", python(daemon, daemonise + "daemonise(os.environ['NOTIFY_SOCKET'], 'READY=1', {}); rest()"), notify), mode);
    daemon.start();
    CHECK(daemon.worker_in("w", "running").ready);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("notify trust: with cgroups, what another worker's process of the same user says does not count, however it hides") {
    if (!has_cgroups()) return;
    Daemon daemon;
    daemon.configure(victim_and_daemon(daemon, "{}"));
    check_that_victim_lives(daemon);
}

TEST_CASE(
    "notify trust: without cgroups, what another worker's process of the same user says does not count while its mark is left") {
    Daemon daemon;
    daemon.configure(victim_and_daemon(daemon, "os.environ"), without_cgroups);
    check_that_victim_lives(daemon);
}

TEST_CASE("notify trust: a flood, with descriptors and from deep below main, does not stop another worker's heartbeats") {
    Daemon daemon;
    const std::string flood = "for generation in range(40):\n"
                              "    if os.fork() != 0: rest()\n"
                              "os.setsid()\n"
                              "null = os.open('/dev/null', os.O_RDONLY)\n"
                              "for n in range(3000):\n"
                              "    notify(('WATCHDOG=1' if n % 2 else 'X' * 8192), [null] * 253 if n % 100 == 0 else [])\n"
                              "open('flooded', 'w')\n"
                              "while True: notify('X' * 8192)\n";
    const std::string beating = "while True: notify('WATCHDOG=1'); time.sleep(0.05)\n";
    daemon.configure(worker("flooder", python(daemon, flood), R"("health": {"watchdog": true, "interval": "1m"})") +
                     worker("beating", python(daemon, beating), R"("health": {"watchdog": true, "interval": "5s"})"));
    daemon.start();
    const auto before = daemon.worker_in("beating", "running");
    CHECK(eventually([&] { return exists(daemon.path("flooded")); }));
    CHECK(daemon.ctl({"status", "beating"}).code == 0);
    CHECK(daemon.worker_in("beating", "running").pid == before.pid);
    CHECK(last_told(daemon, "beating", "stopping").cause.empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("notify trust: a descriptor whose close waits for its peer does not stop talosd") {
    Daemon daemon;
    daemon.configure(worker("w",
                            python(daemon, "import struct\n"
                                           "server = socket.create_server(('127.0.0.1', 0))\n"
                                           "client = socket.create_connection(server.getsockname())\n"
                                           "client.setblocking(False)\n"
                                           "try:\n"
                                           "    while True: client.send(b'x' * 65536)\n"
                                           "except BlockingIOError: pass\n"
                                           "client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 600))\n"
                                           "wait_for('go')\n"
                                           "notify('STATUS=sent', [client.fileno()])\n"
                                           "client.close()\n"
                                           "open('done', 'w')\n"
                                           "notify('READY=1'); rest()"),
                            notify) +
                     worker("other", sleeper(), R"("restart": {"delay": "0s"})"));
    daemon.start();
    daemon.process().signal(SIGSTOP);   // so that the worker's close is not the last
    write_text(daemon.path("go"), "");
    const bool done = eventually([&] { return exists(daemon.path("done")); });
    daemon.process().signal(SIGCONT);
    REQUIRE(done);
    daemon.worker_in("w", "running");
    const auto other = daemon.worker_in("other", "running");
    kill_main(other);
    daemon.worker_after("other", other.pid);
    CHECK(daemon.ctl({"status", "w"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("notify: a place that is refused is named once, however many attempts of how many workers need it") {
    if (!is_root()) TALOS_SKIP("only root can mount over /run and /tmp");
    const std::string again = std::string(notify) + R"(, "restart": {"policy": "always", "delay": "50ms", "maxDelay": "50ms"})";
    Daemon daemon(worker("a", sleeper(), again) + worker("b", sleeper(), again));
    std::filesystem::create_directory(daemon.path("open"));
    REQUIRE(::chmod(daemon.path("open").c_str(), 0777) == 0);
    auto command = daemon.command();
    std::filesystem::copy_file(command.argv[0], daemon.path("talosd"));   // wherever that is, it may be hidden
    const std::string mounts =
        "mount --bind " + daemon.path("") + " /mnt && mount --bind /mnt/open /run && mount --bind /mnt/open /tmp && ";
    command.argv = {"unshare", "--mount", "sh", "-c", mounts + "exec /mnt/talosd --config /mnt/talos.json --data-dir /mnt/data"};
    if (run(Command{.argv = {"unshare", "--mount", "sh", "-c", mounts + "true"}}).code != 0)
        TALOS_SKIP("nothing can be mounted here");
    daemon.launch(command);
    const auto count = [&](const std::string& part) {
        std::size_t found = 0;
        const auto log = daemon.log();
        for (auto at = log.find(part); at != std::string::npos; at = log.find(part, at + 1)) ++found;
        return found;
    };
    const bool attempted = eventually([&] { return count("there is no usable directory for the sockets of workers") >= 3; });
    INFO(daemon.log());
    CHECK(attempted);
    CHECK(count("warning /tmp is not used for sockets") == 1);
    CHECK(count("warning /run is not used for sockets") == 1);
    CHECK(daemon.stop() == 0);
}
