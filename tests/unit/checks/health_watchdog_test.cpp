#include "checks/watch/health_watchdog.hpp"
#include "support/catch.hpp"
#include <boost/asio/io_context.hpp>

using namespace talos;
using namespace talos::checks;
using namespace std::chrono_literals;
using worker::HealthState;

namespace {

/// The watchdog of one run, on a loop that runs as long as the test says.
class Run {
public:
    Run(Millis interval, Millis grace) : watchdog_(io_.get_executor(), spec_of(interval, grace), callbacks()) {}

    [[nodiscard]] HealthWatchdog& watchdog() { return watchdog_; }
    /// It is running, for that long already.
    void begin(Millis before = 0ms) {
        auto now = stamp_now();
        now.steady -= before;
        watchdog_.begin(now);
    }
    /// Whether it is still trusted after that time.
    [[nodiscard]] bool lasts(Millis time) {
        io_.restart();
        io_.run_for(time);
        return watchdog_.health().state != HealthState::unhealthy;
    }
    /// How long it takes from now until it is unhealthy; far too long when it does not become so.
    [[nodiscard]] Millis until_unhealthy() {
        const auto begun = std::chrono::steady_clock::now();
        io_.restart();
        while (watchdog_.health().state != HealthState::unhealthy && io_.run_one_for(20s) > 0) {}
        return watchdog_.health().state == HealthState::unhealthy ? elapsed(begun, std::chrono::steady_clock::now()) : Millis{1h};
    }

private:
    static config::HealthSpec spec_of(Millis interval, Millis grace) {
        config::HealthSpec spec;
        spec.kind = config::HealthSpec::Kind::watchdog;
        spec.interval = interval;
        spec.grace = grace;
        return spec;
    }
    static HealthWatch::Callbacks callbacks() {
        const auto nothing = [] {};
        return {nothing, nothing, nothing, nothing};
    }
    aio::asio::io_context io_{1};
    HealthWatchdog watchdog_;
};

constexpr Millis never{1min};

}   // namespace

TEST_CASE("watchdog: silence while the worker is paused does not count, and after that it has its full time") {
    Run run(500ms, 0ms);
    run.begin(400ms);
    run.watchdog().pause();
    CHECK(run.lasts(700ms));
    run.watchdog().resume();
    const auto time = run.until_unhealthy();
    CHECK(time >= 450ms);
    CHECK(time < never);
}

TEST_CASE("watchdog: the grace time goes on after a pause with what was left of it") {
    Run run(1ms, 500ms);
    run.begin(300ms);
    run.watchdog().pause();
    CHECK(run.lasts(300ms));
    run.watchdog().resume();
    const auto time = run.until_unhealthy();
    CHECK(time >= 150ms);
    CHECK(time < never);
}

TEST_CASE("watchdog: a worker that comes up while it is paused is watched from its resume on") {
    Run run(300ms, 0ms);
    run.watchdog().pause();
    run.begin();
    CHECK(run.lasts(400ms));
    run.watchdog().resume();
    const auto time = run.until_unhealthy();
    CHECK(time >= 250ms);
    CHECK(time < never);
}

TEST_CASE("watchdog: a heartbeat that is heard late, and another limit, count from the resume on as well") {
    Run run(1h, 0ms);
    run.begin();
    run.watchdog().pause();
    checks::NotifyMessage message;
    message.watchdog_limit = 300ms;
    run.watchdog().heard(message);
    CHECK(run.lasts(400ms));
    run.watchdog().resume();
    const auto time = run.until_unhealthy();
    CHECK(time >= 250ms);
    CHECK(time < never);
}

TEST_CASE("watchdog: a pause and a resume of a run that has ended start nothing") {
    Run run(50ms, 0ms);
    run.begin();
    run.watchdog().pause();
    run.watchdog().end();
    run.watchdog().resume();
    CHECK(run.lasts(200ms));
}
