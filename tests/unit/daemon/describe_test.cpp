#include "daemon/daemon_log.hpp"
#include "support/catch.hpp"
#include <csignal>

using namespace talos;
using turn::Level;
using worker::State;

namespace {

turn::Record a_record(State from, State to) {
    turn::Record record;
    record.name = "web";
    record.from = from;
    record.to = to;
    return record;
}

}   // namespace

TEST_CASE("words for a transition: state, PID, how the run ended, what comes next") {
    auto up = a_record(State::starting, State::running);
    up.pid = 4243;
    CHECK(daemon::describe(up) == "running (pid 4243)");

    worker::LastExit exit;
    exit.status.code = 3;
    exit.uptime = Millis{90'000};
    auto waiting = a_record(State::running, State::backoff);
    waiting.exit = &exit;
    waiting.wait = Millis{400};
    CHECK(daemon::describe(waiting) == "backoff 400ms: exit code 3 after 1m 30s");

    auto again = a_record(State::running, State::starting);
    again.exit = &exit;
    again.pid = 4250;
    CHECK(daemon::describe(again) == "starting (pid 4250), last run: exit code 3 after 1m 30s");

    auto rest = a_record(State::stopping, State::stopping);
    rest.exit = &exit;
    CHECK(daemon::describe(rest) == "main process ended: exit code 3 after 1m 30s");

    auto failed = a_record(State::starting, State::backoff);
    failed.reason = "exec ./server: Permission denied";
    failed.wait = Millis{100};
    CHECK(daemon::describe(failed) == "backoff 100ms: exec ./server: Permission denied");
}

TEST_CASE("importance of a transition: giving up is an error, a failed run a warning, a stop that was asked for neither") {
    worker::LastExit killed;
    killed.status.signal = SIGTERM;
    auto stopped = a_record(State::stopping, State::stopped);
    stopped.exit = &killed;
    CHECK(daemon::level_of(stopped) == Level::info);

    auto crashed = a_record(State::running, State::starting);
    crashed.exit = &killed;
    CHECK(daemon::level_of(crashed) == Level::warning);
    CHECK(daemon::level_of(a_record(State::running, State::fatal)) == Level::error);
    CHECK(daemon::level_of(a_record(State::starting, State::running)) == Level::info);
}

TEST_CASE("log levels: every word reads back") {
    for (const Level level : {Level::trace, Level::debug, Level::info, Level::warning, Level::error, Level::fatal})
        CHECK(daemon::level_from(daemon::to_text(level)) == level);
    CHECK_FALSE(daemon::level_from("loud"));
}
