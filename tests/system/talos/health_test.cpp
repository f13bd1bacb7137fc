#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/health.hpp"
#include "system/talos/net.hpp"
#include "system/talos/notifier.hpp"
#include <algorithm>
#include <filesystem>

using namespace talos::test;

// Running workers that talosd looks at, again and again.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string health(const std::string& members) { return "\"health\": {" + members + "}"; }

/// Answers 200, 500 while there is a file `sick`, and 403 to whoever does not know the word; /never never, /slow a byte at a time, /loop
/// with itself.
std::string server(std::uint16_t port) {
    return "import http.server\n"
           "class H(http.server.BaseHTTPRequestHandler):\n"
           "    def log_message(self, *_): pass\n"
           "    def do_GET(self):\n"
           "        try:\n"
           "            if self.path == '/never': rest()\n"
           "            if self.path == '/slow': self.wfile.write(b'HTTP/1.1 200 OK\\r\\nX: ')\n"
           "            while self.path == '/slow': self.wfile.write(b'H'); time.sleep(0.02)\n"
           "            if self.path == '/loop':\n"
           "                self.send_response(302); self.send_header('Location', '/loop')\n"
           "            else:\n"
           "                self.send_response(403 if self.headers['X-Word'] != 'please' else 500 if os.path.exists('sick') else "
           "200)\n"
           "            self.end_headers()\n"
           "        except OSError: pass\n"
           "http.server.ThreadingHTTPServer(('127.0.0.1', " +
           std::to_string(port) + "), H).serve_forever()";
}

constexpr const char* mark = R"(, "action": "mark")";
constexpr const char* often = R"(, "interval": "20ms", "failures": 2)";

std::ptrdiff_t lines_of(const Daemon& daemon, const std::string& file) {
    const auto text = read_text(daemon.path(file));
    return std::count(text.begin(), text.end(), '\n');
}

}   // namespace

TEST_CASE("health by http: who answers wrongly is restarted, and why is told everywhere") {
    const auto port = free_port();
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
    Daemon daemon;
    daemon.configure(
        worker("w", python(daemon, server(port)),
               health("\"http\": \"" + url + R"(", "headers": {"X-Word": "please"}, "interval": "20ms", "grace": "1m")")) +
        worker("plain", sleeper()));
    daemon.start();
    CHECK(daemon.ctl({"wait", "w", "--for", "healthy", "--timeout", "1m"}).code == 0);
    const auto first = daemon.worker_in("w", "running");
    await_health(daemon, "w", "healthy");
    CHECK(has(call(daemon, "GET", "/metrics").body, "talos_worker_healthy{worker=\"w\"} 1"));
    CHECK_FALSE(has(call(daemon, "GET", "/metrics").body, "talos_worker_healthy{worker=\"plain\"}"));
    CHECK(has(daemon.ctl({"config"}).out, R"("X-Word": "***")"));

    write_text(daemon.path("sick"), "");
    REQUIRE(eventually([&] { return last_told(daemon, "w", "stopping").cause == "unhealthy"; }));
    std::filesystem::remove(daemon.path("sick"));
    const auto reason = "unhealthy: http " + url + ": it answers 500 instead of 200 (3 times in a row)";
    CHECK(last_told(daemon, "w", "stopping").reason == reason);
    const auto second = daemon.worker_after("w", first.pid);
    CHECK(second.restarts >= 1);
    await_health(daemon, "w", "healthy");
    CHECK(times_told(daemon, "w", "healthy") >= 2);
    CHECK(has(daemon.log(), "w: stopping: " + reason));
    CHECK(has(daemon.ctl({"why", "w"}).out, "It was stopped because it was " + reason));
    CHECK(health_of(daemon, "plain").state.empty());
    const auto never = daemon.ctl({"wait", "plain", "--for", "healthy"});
    CHECK(never.code == 1);
    CHECK(has(never.err, "plain has no `health` in its config"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("health: who is only marked keeps its process however it flaps, and each change is told") {
    Daemon daemon(worker("w", sleeper(), health(std::string(R"("exec": "test -e well")") + often + mark)));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    const auto sick = await_health(daemon, "w", "unhealthy");
    CHECK(sick.failures == 2);
    CHECK(sick.reason == "exec test: test: exit code 1");
    CHECK(has(daemon.ctl({"status"}).out, "unhealthy: exec test: test: exit code 1"));
    CHECK(has(daemon.ctl({"why", "w"}).out, "It has been unhealthy since "));
    CHECK(has(daemon.log(), "w: unhealthy: exec test: test: exit code 1 (2 times in a row)"));
    for (int round = 1; round <= 3; ++round) {
        write_text(daemon.path("well"), "");
        const auto well = await_health(daemon, "w", "healthy");
        CHECK(well.failures == 0);
        CHECK(well.reason.empty());
        std::filesystem::remove(daemon.path("well"));
        await_health(daemon, "w", "unhealthy");
        CHECK(times_told(daemon, "w", "healthy") == round);
        CHECK(times_told(daemon, "w", "unhealthy") == round + 1);
    }
    const auto told = "unhealthy  (pid " + std::to_string(before.pid) + "); exec test: test: exit code 1 (2 times in a row)";
    CHECK(has(daemon.ctl({"events"}).out, told));
    CHECK(has(call(daemon, "GET", "/metrics").body, "talos_worker_healthy{worker=\"w\"} 0"));
    CHECK(daemon.worker_in("w", "running").pid == before.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("health: looks that change nothing are written nowhere") {
    Daemon daemon(worker("w", sleeper(), health(R"("exec": ["sh", "-c", "echo >>looks"], "interval": "10ms")")));
    daemon.start();
    await_health(daemon, "w", "healthy");
    const auto document = read_text(daemon.data("status.json"));
    const auto history = daemon.events().size();
    const auto looks = lines_of(daemon, "looks");
    REQUIRE(eventually([&] { return lines_of(daemon, "looks") > looks + 30; }));
    CHECK(read_text(daemon.data("status.json")) == document);
    CHECK(daemon.events().size() == history);
    CHECK(daemon.stop() == 0);
}

TEST_CASE(
    "health by http: no answer, one that comes a byte at a time and redirects for ever are failures, and nobody waits for them") {
    const auto port = free_port();
    const auto url = "http://127.0.0.1:" + std::to_string(port);
    const auto looking_at = [&](const std::string& path) {
        return health("\"http\": \"" + url + path + R"(", "timeout": "200ms", "interval": "20ms", "failures": 2)" + mark);
    };
    Daemon daemon;
    daemon.configure(
        worker("server", python(daemon, server(port)), R"("ready": {"tcp": "127.0.0.1:)" + std::to_string(port) + "\"}"));
    daemon.start();
    daemon.worker_in("server", "running");
    daemon.configure(
        worker("server", python(daemon, server(port)), R"("ready": {"tcp": "127.0.0.1:)" + std::to_string(port) + "\"}") +
        worker("never", sleeper(), looking_at("/never")) + worker("slow", sleeper(), looking_at("/slow")) +
        worker("loop", sleeper(), looking_at("/loop")) + worker("other", sleeper(), R"("restart": {"delay": "0s"})"));
    REQUIRE(daemon.ctl({"reload"}).code == 0);
    CHECK(await_health(daemon, "never", "unhealthy").reason == "http " + url + "/never: no answer within 200ms");
    CHECK(await_health(daemon, "slow", "unhealthy").reason == "http " + url + "/slow: no answer within 200ms");
    CHECK(await_health(daemon, "loop", "unhealthy").reason == "http " + url + "/loop: it answers 302 instead of 200");
    const auto before = daemon.worker_in("other", "running");
    kill_main(before);
    daemon.worker_after("other", before.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("health by exec: one look after the other, and what hangs is killed with its children") {
    const std::string script = "sleep 120 & echo $! >>children; echo $$ >>looks; wait";
    const std::string often_and_short = R"(, "interval": "10ms", "timeout": "300ms", "failures": 1)";
    Daemon daemon(worker("w", sleeper(), health(R"("exec": ["sh", "-c", ")" + script + R"("])" + often_and_short + mark)));
    daemon.start();
    CHECK(await_health(daemon, "w", "unhealthy").reason == "exec sh: no answer within 300ms");
    REQUIRE(eventually([&] { return lines_of(daemon, "looks") >= 3; }));
    const auto first = static_cast<pid_t>(std::stol(read_text(daemon.path("looks"))));
    const auto child = static_cast<pid_t>(std::stol(read_text(daemon.path("children"))));
    CHECK(eventually([&] { return !alive(first) && !alive(child); }));
    CHECK(daemon.stop() == 0);   // in the middle of a look
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("health: as many failures as the limit are fatal, and grace is no endless one") {
    const auto target = "127.0.0.1:" + std::to_string(free_port());
    Daemon daemon(worker("w", sleeper(),
                         health("\"tcp\": \"" + target + R"(", "interval": "20ms", "grace": "200ms", "failures": 1)") +
                             R"(, "restart": {"limit": 2, "delay": "0s"})"));
    daemon.start();
    const auto fatal = daemon.worker_in("w", "fatal");
    CHECK(fatal.reason ==
          "2 failures within 1m, the last one: unhealthy: tcp " + target + ": connect " + target + ": Connection refused");
    CHECK(health_of(daemon, "w").state == "unknown");
    CHECK(has(daemon.ctl({"wait", "w", "--for", "healthy"}).err, "w is fatal: "));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("health: a reload changes what is asked, how often and what follows, and the worker runs on") {
    const auto with = [](const std::string& extra) { return worker("w", sleeper(), extra); };
    Daemon daemon(with(""));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    const auto reload = [&](const std::string& extra) {
        daemon.configure(with(extra));
        const auto done = daemon.ctl({"reload"});
        CHECK(done.code == 0);
        return done.out;
    };
    reload(health(std::string(R"("exec": "test -e well")") + often + mark));
    await_health(daemon, "w", "unhealthy");
    reload(health(std::string(R"("exec": "true")") + often + mark));
    await_health(daemon, "w", "healthy");
    reload(health(std::string(R"("exec": "false", "interval": "1h")") + mark));
    CHECK(health_of(daemon, "w").state == "unknown");
    reload(health(std::string(R"("exec": "false")") + often + mark));
    await_health(daemon, "w", "unhealthy");
    CHECK(daemon.worker_in("w", "running").pid == before.pid);
    CHECK(has(reload(health(std::string(R"("exec": "false")") + often)), "health.action"));
    daemon.worker_after("w", before.pid);   // it was unhealthy already
    reload("");
    CHECK(eventually([&] { return health_of(daemon, "w").state.empty(); }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
