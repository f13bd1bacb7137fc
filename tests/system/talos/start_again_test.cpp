#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>

using namespace talos::test;

// `talosctl start` while talosd stops.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool is_stopping(const Daemon& daemon) {
    return eventually([&] {
        const auto status = daemon.status();
        return status && status->at("state").as_string() == "stopping";
    });
}

}   // namespace

TEST_CASE("start: a talosd that is stopping does not count as running, another one is started once it has ended") {
    const bool wait = GENERATE(true, false);
    Daemon daemon(worker(
        "slow", shell("trap 'while [ ! -e go ]; do sleep 0.05; done; exit 0' TERM; echo x >up; while :; do sleep 0.05; done"),
        stop_after("10m")));
    daemon.start_detached();
    const auto old = daemon.pid();
    REQUIRE(eventually([&] { return !read_text(daemon.path("up")).empty(); }));
    ::kill(old, SIGTERM);
    REQUIRE(is_stopping(daemon));
    std::vector<std::string> words{"start"};
    if (wait) words.emplace_back("--wait");
    auto soon = words;
    soon.insert(soon.end(), {"--timeout", "50ms"});
    const auto late = daemon.ctl(soon);
    CHECK(late.code == 1);
    CHECK(has(late.err, "talosd (pid " + std::to_string(old) + ") is stopping and has not exited within"));
    CHECK(late.out.empty());
    Process again(daemon.ctl_command(words));
    CHECK(eventually([&] { return has(again.err(), "is stopping; the new one starts once it has exited"); }));
    write_text(daemon.path("go"), "");
    CHECK(again.wait() == 0);
    INFO(again.out() << again.err());
    CHECK(has(again.out(), "talosd started, pid "));
    daemon.take_detached();
    CHECK(daemon.pid() != old);
    daemon.worker_in("slow", "running");
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(daemon.left_behind() == "");
}
