#include "support/a_worker.hpp"
#include "support/catch.hpp"
#include <csignal>

// Exits that no start is to follow.

using namespace talos;
using namespace talos::worker;
using Policy = config::RestartSpec::Policy;

namespace {

config::WorkerSpec a_spec_with_fatal_exits(Policy policy = Policy::on_failure) {
    auto spec = a_spec();
    spec.restart.policy = policy;
    spec.fatal_exits.make() = {{0, 78}, {SIGSEGV}};
    return spec;
}

}   // namespace

TEST_CASE("fatal exit: a listed code or signal is fatal at once whatever the policy is, and says why") {
    for (const auto policy : {Policy::always, Policy::on_failure, Policy::never}) {
        const auto spec = a_spec_with_fatal_exits(policy);
        const auto running = a_worker().of(spec).in(State::running);
        CHECK(outcome(running, exited(t0 + 1h, exit_code(78))) == "fatal up");
        const auto fatal = next(running, exited(t0 + 1h, exit_code(78))).worker;
        CHECK(fatal.reason.text() == "exit code 78 is listed in fatalExitCodes");
        CHECK(fatal.fatal_exit());
        CHECK(next(running, exited(t0 + 1s, ExitStatus{0, SIGSEGV, true, {}})).worker.reason.text() ==
              "SIGSEGV is listed in fatalExitCodes");
        CHECK(next(running, exited(t0 + 1s, exit_code(0))).worker.state() == State::fatal);
        CHECK(next(running, exited(t0 + 1s, exit_code(77))).worker.state() != State::fatal);
        CHECK(next(running, exited(t0 + 1s, killed_by(SIGABRT))).worker.state() != State::fatal);
        CHECK(outcome(a_worker().of(spec).in(State::starting).with_main(), exited(t0, exit_code(78))) == "fatal up");
    }
}

TEST_CASE("fatal exit: what is left of the run is ended, postStop follows, and a start begins anew") {
    auto spec = a_spec_with_fatal_exits();
    spec.hooks.make().programs[3] = {{"./hook"}, 30s};
    const auto running = a_worker().of(spec).in(State::running);
    CHECK(outcome(running, exited(t0, exit_code(78))) == "fatal up: run postStop");
    CHECK(outcome(running, exited_leaving_rest(t0, exit_code(78))) == "fatal up: rest SIGKILL");
    const auto fatal = next(running, exited(t0, exit_code(78))).worker;
    const auto rested = next(fatal, HookEnded{t0 + 1s, config::Hook::post_stop, true, ""}).worker;
    const auto again = next(rested, StartAsked{t0 + 2s}).worker;
    CHECK(again.state() == State::starting);
    CHECK_FALSE(again.fatal_exit());
    CHECK(again.failures == 0);
}

TEST_CASE("fatal exit: an end that a command asked for is none") {
    const auto spec = a_spec_with_fatal_exits();
    const auto running = a_worker().of(spec).in(State::running);
    const auto stopping = next(running, StopAsked{t0}).worker;
    CHECK(outcome(stopping, exited(t0 + 1s, exit_code(78))) == "stopped down");
    const auto restarting = next(running, RestartAsked{t0}).worker;
    CHECK(outcome(restarting, exited(t0 + 1s, exit_code(78))) == "starting up: spawn");
}

TEST_CASE("fatal exit: a code that ends an unhealthy run is one, a signal, which the plan may have sent, is not") {
    const auto spec = a_spec_with_fatal_exits();
    const auto stopping = next(a_worker().of(spec).in(State::running), Unhealthy{t0, "no heartbeat"}).worker;
    CHECK(outcome(stopping, exited(t0 + 1s, exit_code(78))) == "fatal up");
    CHECK(next(stopping, exited(t0 + 1s, exit_code(78))).worker.reason.text() == "exit code 78 is listed in fatalExitCodes");
    CHECK(next(stopping, exited(t0 + 1s, killed_by(SIGSEGV))).worker.state() == State::backoff);
}

TEST_CASE("fatal exit: code 0 of a oneshot is success") {
    auto spec = a_spec_with_fatal_exits();
    spec.kind = config::WorkerKind::oneshot;
    const auto busy = a_worker().of(spec).in(State::starting).with_main();
    CHECK(outcome(busy, exited(t0, exit_code(0))) == "completed up");
    CHECK(outcome(busy, exited(t0, exit_code(78))) == "fatal up");
}
