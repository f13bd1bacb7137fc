#include "cli/verbs/started.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::cli;
using worker::Goal;
using worker::State;

namespace {

state::WorkerStatus a_row(const std::string& name, State state, Goal goal = Goal::up) {
    state::WorkerStatus row;
    row.name = name;
    row.state = state;
    row.goal = goal;
    return row;
}

}   // namespace

TEST_CASE("start: a worker that waits to be started again, or has given up, has failed, and one that is done or down has not") {
    state::StatusDocument document;
    document.workers = {a_row("up", State::running), a_row("retry", State::backoff), a_row("over", State::fatal),
                        a_row("off", State::stopped, Goal::down)};
    document.workers[1].reason = "exec ./x: No such file or directory";
    auto done = a_row("done", State::completed);
    done.oneshot = true;
    done.last_exit = worker::LastExit{};
    auto broken = done;
    broken.name = "broken";
    broken.state = State::exited;
    broken.last_exit->status.code = 3;
    document.workers.push_back(done);
    document.workers.push_back(broken);
    const auto failed = failed_starts(document);
    REQUIRE(failed.size() == 3);
    CHECK(failed[0] == FailedStart{"retry", "backoff", "exec ./x: No such file or directory"});
    CHECK(failed[1].worker == "over");
    CHECK(failed[2] == FailedStart{"broken", "exited", "exit code 3"});
    CHECK(all_decided(document));
    CHECK(failed_text(failed, 6) ==
          "3 of 6 workers failed:\n  retry: backoff, exec ./x: No such file or directory\n  over: fatal\n"
          "  broken: exited, exit code 3");
    document.workers.push_back(a_row("late", State::starting));
    CHECK_FALSE(all_decided(document));
}

TEST_CASE("start: one that waits for a failed dependency has failed with it, one that waits for a starting one is undecided") {
    state::StatusDocument document;
    document.workers = {a_row("db", State::starting), a_row("app", State::stopped)};
    document.workers[1].depends_on = {{"db", "ready"}};
    CHECK(failed_starts(document).empty());
    CHECK_FALSE(all_decided(document));
    document.workers[0].state = State::fatal;
    CHECK(failed_starts(document).size() == 2);
    CHECK(all_decided(document));
}

TEST_CASE("start: one that waits for a disabled worker has failed, and what enables that is said") {
    state::StatusDocument document;
    document.workers = {a_row("db", State::stopped, Goal::down), a_row("app", State::stopped), a_row("web", State::stopped)};
    document.workers[0].disabled = true;
    document.workers[1].depends_on = {{"db", "ready"}};
    document.workers[1].reason = "waiting for db (disabled) to be ready";
    document.workers[2].depends_on = {{"app", "ready"}};
    document.workers[2].reason = "waiting for app (waiting) to be ready";
    const auto failed = failed_starts(document);
    REQUIRE(failed.size() == 2);
    const std::string hint = ": db is disabled; `talosctl enable db` enables it, `talosctl start db` starts it";
    CHECK(failed[0] == FailedStart{"app", "stopped", "waiting for db (disabled) to be ready" + hint});
    CHECK(failed[1] == FailedStart{"web", "stopped", "waiting for app (waiting) to be ready" + hint});
    CHECK(all_decided(document));
}
