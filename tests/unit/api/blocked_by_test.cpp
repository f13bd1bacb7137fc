#include "api/blocked_by.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::api;
using namespace talos::state;
using worker::Goal;
using worker::State;

// Whether what a worker waits for can come by itself any more.

namespace {

WorkerStatus a_worker(const std::string& name, State state, Goal goal = Goal::up) {
    WorkerStatus worker;
    worker.name = name;
    worker.state = state;
    worker.goal = goal;
    return worker;
}

WorkerStatus held(const std::string& name, std::vector<std::pair<std::string, std::string>> needs) {
    auto worker = a_worker(name, State::stopped);
    worker.depends_on = std::move(needs);
    return worker;
}

WorkerStatus ended(const std::string& name, int code) {
    auto worker = a_worker(name, code == 0 ? State::completed : State::exited);
    worker.oneshot = true;
    worker.last_exit = worker::LastExit{{code, 0, false, {}}, {}, {}};
    return worker;
}

/// Of the first one; empty for none.
std::string blocked(std::vector<WorkerStatus> workers) {
    StatusDocument document;
    document.workers = std::move(workers);
    const auto* found = blocked_by(document, document.workers.front());
    return found != nullptr ? found->name : "";
}

}   // namespace

TEST_CASE("blocked: by a dependency that is fatal, through others that wait themselves, too") {
    CHECK(blocked({held("web", {{"db", "ready"}}), a_worker("db", State::fatal)}) == "db");
    CHECK(blocked({held("web", {{"api", "ready"}}), held("api", {{"db", "ready"}}), a_worker("db", State::fatal)}) == "db");
    CHECK(blocked({held("web", {{"db", "ready"}}), a_worker("db", State::starting)}).empty());
    CHECK(blocked({held("web", {{"db", "ready"}}), a_worker("db", State::backoff)}).empty());
}

TEST_CASE("blocked: by an end that is not the one that is waited for") {
    CHECK(blocked({held("web", {{"mig", "completed"}}), ended("mig", 1)}) == "mig");
    CHECK(blocked({held("web", {{"mig", "completed"}, {"db", "ready"}}), ended("mig", 0), a_worker("db", State::starting)})
              .empty());
    CHECK(blocked({held("web", {{"mig", "ready"}, {"db", "ready"}}), ended("mig", 0), a_worker("db", State::starting)}).empty());
    CHECK(blocked({held("web", {{"mig", "healthy"}}), ended("mig", 0)}) == "mig");
}

TEST_CASE("blocked: not by one that was stopped, nor where nothing is waited for") {
    CHECK(blocked({held("web", {{"db", "ready"}}), a_worker("db", State::stopped, Goal::down)}).empty());
    auto running = a_worker("web", State::running);
    running.depends_on = {{"db", "ready"}};
    CHECK(blocked({running, a_worker("db", State::fatal)}).empty());
    CHECK(blocked({a_worker("web", State::stopped, Goal::down), a_worker("db", State::fatal)}).empty());
    CHECK(blocked({held("web", {{"gone", "ready"}})}).empty());
}

TEST_CASE("blocked: by a dependency that is disabled and down, through others, too, and by none that a command has started") {
    auto db = a_worker("db", State::stopped, Goal::down);
    db.disabled = true;
    CHECK(blocked({held("web", {{"db", "ready"}}), db}) == "db");
    CHECK(blocked({held("web", {{"api", "started"}}), held("api", {{"db", "completed"}}), db}) == "db");
    db.state = State::starting;
    db.goal = Goal::up;
    CHECK(blocked({held("web", {{"db", "ready"}}), db}).empty());
    CHECK(disabled_text("db") == "db is disabled; `talosctl enable db` enables it, `talosctl start db` starts it");
}

TEST_CASE("blocked: an instance of a group counts where the group is named") {
    auto one = a_worker("db-1", State::running);
    auto two = a_worker("db-2", State::fatal);
    one.group = two.group = "db";
    CHECK(blocked({held("web", {{"db", "ready"}}), one, two}) == "db-2");
}
