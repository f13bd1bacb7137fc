#include "cli/views/why_chain.hpp"
#include "support/catch.hpp"
#include <string>

using namespace talos;
using namespace talos::cli;
using worker::Goal;
using worker::State;
using Names = std::vector<std::string>;

namespace {

state::WorkerStatus a_worker(const std::string& name, State state, Goal goal = Goal::up) {
    state::WorkerStatus worker;
    worker.name = name;
    worker.state = state;
    worker.goal = goal;
    return worker;
}

state::WorkerStatus waiting(const std::string& name, Names needs) {
    auto worker = a_worker(name, State::stopped);
    worker.waiting_for = std::move(needs);
    return worker;
}

state::StatusDocument document_of(std::vector<state::WorkerStatus> workers) {
    state::StatusDocument document;
    document.workers = std::move(workers);
    return document;
}

Names names_of(const Workers& workers) {
    Names names;
    for (const auto* worker : workers) names.push_back(worker->name);
    return names;
}

}   // namespace

TEST_CASE("chain: from a worker that waits to what it comes down to") {
    const auto document = document_of({waiting("app", {"api", "migrate"}), waiting("api", {"db"}), a_worker("db", State::fatal),
                                       waiting("migrate", {"db"}), a_worker("other", State::running)});
    const auto chain = chain_of(document, document.workers[0]);
    CHECK(names_of(chain.between) == Names{"api", "migrate"});
    CHECK(names_of(chain.roots) == Names{"db"});
    CHECK(chain_of(document, document.workers[4]).roots.empty());
}

TEST_CASE("chain: a name that the document does not have ends it, and so does a cycle") {
    const auto document = document_of({waiting("app", {"hidden", "b"}), waiting("b", {"app"})});
    const auto chain = chain_of(document, document.workers[0]);
    CHECK(names_of(chain.between) == Names{"b"});
    CHECK(chain.roots.empty());
}

TEST_CASE("as wanted: up, done, or down and to be down, not when unhealthy or without a log that can be written") {
    CHECK(is_as_wanted(a_worker("w", State::running)));
    CHECK(is_as_wanted(a_worker("w", State::stopped, Goal::down)));
    for (const auto state : {State::stopped, State::starting, State::backoff, State::stopping, State::exited, State::fatal})
        CHECK_FALSE(is_as_wanted(a_worker("w", state)));
    auto done = a_worker("w", State::completed);
    done.oneshot = true;
    done.last_exit = worker::LastExit{};
    CHECK(is_as_wanted(done));
    auto sick = a_worker("w", State::running);
    sick.health = state::HealthStatus{worker::HealthState::unhealthy, {}, 3, "no answer"};
    CHECK_FALSE(is_as_wanted(sick));
    auto paused = a_worker("w", State::running);
    paused.paused = true;
    CHECK_FALSE(is_as_wanted(paused));
    auto mute = a_worker("w", State::running);
    mute.log = state::LogStatus{"No space left on device", {}, 0, 0};
    CHECK_FALSE(is_as_wanted(mute));
}

TEST_CASE("findings: causes first, one that was stopped and is waited for among them, then what waits") {
    const auto document = document_of({waiting("app", {"m"}), a_worker("m", State::fatal), a_worker("fine", State::running),
                                       waiting("web", {"db"}), a_worker("db", State::stopped, Goal::down)});
    const auto findings = findings_in(document);
    CHECK(names_of(findings.causes) == Names{"m", "db"});
    CHECK(names_of(findings.waiting) == Names{"app", "web"});
    CHECK(findings.unwanted == 3);
    CHECK(findings_in(document_of({a_worker("a", State::running)})).unwanted == 0);
}
