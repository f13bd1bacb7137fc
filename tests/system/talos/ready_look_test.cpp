#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/net.hpp"
#include "system/talos/notifier.hpp"
#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace talos::test;

// Workers that talosd itself looks at, until it finds them ready.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Listens on `port` once the file `listen` is there; answers 503, then 200 once the file `go` is.
std::string server(std::uint16_t port) {
    return "import http.server\n"
           "class H(http.server.BaseHTTPRequestHandler):\n"
           "    def do_GET(self):\n"
           "        if self.path == '/loop':\n"
           "            self.send_response(302); self.send_header('Location', '/loop')\n"
           "        else:\n"
           "            self.send_response(200 if os.path.exists('go') else 503)\n"
           "        self.end_headers()\n"
           "wait_for('listen')\n"
           "http.server.HTTPServer(('127.0.0.1', " +
           std::to_string(port) + "), H).serve_forever()";
}

std::string ready(const std::string& members) { return "\"ready\": {" + members + "}"; }

WorkerView waiting(const Daemon& daemon, const std::string& name) {
    return daemon.worker_when(
        name, [](const auto& view) { return view.state == "starting" && view.reason.starts_with("waiting to be ready ("); });
}

/// The PID that a program wrote to that file.
pid_t pid_in(const Daemon& daemon, const std::string& file) {
    REQUIRE(eventually([&] { return has(read_text(daemon.path(file)), "\n"); }));
    return static_cast<pid_t>(std::stol(read_text(daemon.path(file))));
}

/// A program for `exec` that hangs with a child in another session; both write down who they are.
const char* hanging =
    R"("exec": ["sh", "-c", "setsid sh -c 'echo $$ >child.tmp; mv child.tmp child; exec sleep 120' & echo $$ >parent.tmp; mv parent.tmp parent; wait; sleep 120"])";

}   // namespace

TEST_CASE("ready by tcp: running once it listens") {
    const auto port = free_port();
    Daemon daemon;
    daemon.configure(worker("w", python(daemon, server(port)),
                            ready("\"tcp\": \"127.0.0.1:" + std::to_string(port) + "\", \"interval\": \"20ms\"")));
    daemon.start();
    const auto starting = waiting(daemon, "w");
    const std::string waits = "waiting to be ready (tcp 127.0.0.1:" + std::to_string(port) + ")";
    CHECK(starting.reason.starts_with(waits));
    daemon.worker_when("w", [&](const auto& view) {
        return has(view.reason, waits + ": connect 127.0.0.1:" + std::to_string(port) + ": Connection refused");
    });
    write_text(daemon.path("listen"), "");
    CHECK(daemon.worker_in("w", "running").pid == starting.pid);
    const auto told = last_told(daemon, "w", "running");
    CHECK(told.cause == "ready");
    CHECK(told.reason == "127.0.0.1:" + std::to_string(port) + " accepts connections");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by http: running once it answers with the status, which a redirect does not") {
    const auto port = free_port();
    const auto url = "http://localhost:" + std::to_string(port);
    Daemon daemon;
    write_text(daemon.path("listen"), "");
    daemon.configure(
        worker("w", python(daemon, server(port)), ready("\"http\": \"" + url + "/health\", \"interval\": \"20ms\"")) +
        worker("loops", sleeper(),
               ready("\"http\": \"" + url + "/loop\", \"interval\": \"20ms\", \"timeout\": \"1s\"") +
                   R"(, "restart": {"limit": 1})"));
    daemon.start();
    const auto starting = waiting(daemon, "w");
    CHECK(has(daemon.worker_in("loops", "fatal").reason,
              "not ready within 1s (http " + url + "/loop): it answers 302 instead of 200"));
    CHECK(has(daemon.ctl({"why", "loops"}).out, "it answers 302 instead of 200"));
    CHECK(has(daemon.log(), "it answers 302 instead of 200"));
    CHECK(daemon.worker_in("w", "starting").pid == starting.pid);   // it answers, but not with 200
    write_text(daemon.path("go"), "");
    CHECK(daemon.worker_in("w", "running").pid == starting.pid);
    CHECK(last_told(daemon, "w", "running").reason == url + "/health answers 200");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by http: whoever takes the connection and never answers is not ready in time") {
    const auto port = free_port();
    Daemon daemon;
    daemon.configure(worker("w", python(daemon, "s = socket.create_server(('127.0.0.1', " + std::to_string(port) + "))\nrest()"),
                            ready("\"http\": \"http://127.0.0.1:" + std::to_string(port) + "\", \"timeout\": \"1s\"") +
                                R"(, "restart": "never")") +
                     worker("other", sleeper(), R"("restart": {"delay": "0s"})"));
    daemon.start();
    waiting(daemon, "w");
    const auto before = daemon.worker_in("other", "running");
    kill_main(before);
    daemon.worker_after("other", before.pid);   // nothing waits for that answer
    CHECK(has(daemon.worker_in("w", "exited").reason, "not ready within 1s (http "));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by exec: running once the program exits with 0, which runs where and as what the worker does") {
    Daemon daemon;
    std::filesystem::create_directory(daemon.path("home"));
    const std::string check =
        R"("exec": ["sh", "-c", "echo noise; [ $COLOR = red ] && [ -z \"$NOTIFY_SOCKET\" ] && [ -e go ]"], "interval": "20ms")";
    daemon.configure(
        worker("w", sleeper(), R"("cwd": "home", "env": {"COLOR": "red"}, )" + ready(check)) +
        worker("missing", sleeper(), ready(R"("exec": ["./no-such-program"], "timeout": "500ms")") + R"(, "restart": "never")"));
    daemon.start();
    const auto starting = waiting(daemon, "w");
    CHECK(starting.reason.starts_with("waiting to be ready (exec sh)"));
    daemon.worker_when("w", [](const auto& view) {
        return view.reason == "waiting to be ready (exec sh): sh: exit code 1; its last line: noise";
    });
    CHECK(has(daemon.worker_in("missing", "exited").reason,
              "not ready within 500ms (exec ./no-such-program): exec ./no-such-program: No such file or directory"));
    CHECK(daemon.worker_in("w", "starting").pid == starting.pid);
    write_text(daemon.path("home/go"), "");
    CHECK(daemon.worker_in("w", "running").pid == starting.pid);
    CHECK(last_told(daemon, "w", "running").reason == "sh exits with 0");
    CHECK(daemon.worker_log("w").empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by exec: a program that hangs is killed with its children, whatever ends the look") {
    Daemon daemon(worker("w", sleeper(),
                         ready(std::string(hanging) + R"(, "timeout": ")" + (GENERATE(false, true) ? "1s" : "1h") + "\"") +
                             R"(, "restart": {"delay": "1h", "maxDelay": "1h"})"));
    daemon.start();
    const auto parent = pid_in(daemon, "parent");
    const auto child = pid_in(daemon, "child");
    const auto view = daemon.worker_when("w", [](const auto& seen) { return seen.pid != 0 || seen.state == "backoff"; });
    if (view.state == "starting") kill_main(view);
    daemon.worker_in("w", "backoff");
    CHECK(eventually([&] { return !alive(parent); }));
    CHECK(eventually([&] { return !alive(child); }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by exec: one look after the other, each with an end") {
    const std::string script = "echo $$ >>looks; exec sleep 120";
    Daemon daemon(worker("w", sleeper(), ready(R"("exec": ["sh", "-c", ")" + script + R"("], "interval": "10ms")")));
    daemon.start();
    const auto looks = [&] {
        const auto text = read_text(daemon.path("looks"));
        return std::count(text.begin(), text.end(), '\n');
    };
    REQUIRE(eventually([&] { return looks() == 2; }));   // the second after the first one's time
    const auto first = static_cast<pid_t>(std::stol(read_text(daemon.path("looks"))));
    CHECK(eventually([&] { return !alive(first); }));   // it was killed before the second began
    daemon.worker_in("w", "starting");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("ready by exec: a stop of talosd in the middle of a look leaves nothing behind") {
    Daemon daemon(worker("w", sleeper(), ready(hanging)));
    daemon.start();
    const auto parent = pid_in(daemon, "parent");
    const auto child = pid_in(daemon, "child");
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(parent));
    CHECK_FALSE(alive(child));
    CHECK(daemon.left_behind() == "");
}

namespace {

/// A network of the process's own, in which the ports for clients are 40000 to 40007.
bool enter_small_network() {
    if (::unshare(CLONE_NEWNET) != 0) return false;
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq loopback{};
    std::strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    const bool up = ::ioctl(socket, SIOCSIFFLAGS, &loopback) == 0;
    ::close(socket);
    const int range = ::open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
    const bool small = range >= 0 && ::write(range, "40000 40007", 11) == 11;
    if (range >= 0) ::close(range);
    return up && small;
}

}   // namespace

TEST_CASE("ready by tcp: a probe that is connected to itself has found nobody") {
    if (!is_root()) TALOS_SKIP("needs root");
    Command trial{.argv = {"true"}};
    trial.before_exec = [] {
        if (!enter_small_network()) ::_exit(1);
    };
    if (run(trial).code != 0) TALOS_SKIP("no network namespace can be made here");
    std::string workers;
    for (int port = 40'000; port <= 40'007; ++port)
        workers += worker("w" + std::to_string(port), sleeper(),
                          R"("restart": "never", "ready": {"tcp": "127.0.0.1:)" + std::to_string(port) +
                              R"(", "interval": "10ms", "timeout": "2s"})");
    Daemon daemon(workers);
    auto how = daemon.command();
    how.before_exec = [] { (void)enter_small_network(); };
    daemon.start(how);
    for (int port = 40'000; port <= 40'007; ++port) {
        const auto view = daemon.worker_when("w" + std::to_string(port),
                                             [](const auto& now) { return now.state == "running" || now.state == "exited"; });
        CHECK(view.state == "exited");
    }
    CHECK(daemon.stop() == 0);
}
