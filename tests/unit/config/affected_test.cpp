#include "config/use/affected.hpp"
#include "support/catch.hpp"

using namespace talos::config;

namespace {

using OnFailure = Dependency::OnFailure;

WorkerSpec spec(const std::string& name, const std::vector<Dependency>& dependencies = {}) {
    WorkerSpec made;
    made.name = name;
    if (!dependencies.empty()) made.depends_on.make() = dependencies;
    return made;
}

Dependency on(const std::string& worker, OnFailure how, Dependency::Condition condition = Dependency::Condition::ready) {
    return {worker, condition, how};
}

std::string text(const std::vector<Affected>& affected) {
    std::string out;
    for (const auto& one : affected)
        out +=
            (out.empty() ? "" : ", ") + one.worker + (one.how == OnFailure::stop ? " stops with " : " restarts after ") + one.by;
    return out;
}

bool all(std::string_view) { return true; }

}   // namespace

TEST_CASE("affected: those that stop or restart with a dependency, and with those in turn") {
    const auto db = spec("db");
    const auto api = spec("api", {on("db", OnFailure::restart)});
    const auto web = spec("web", {on("api", OnFailure::stop)});
    const auto other = spec("other", {on("db", OnFailure::ignore)});
    const std::vector<const WorkerSpec*> workers{&web, &api, &other, &db};
    CHECK(text(affected_by(workers, {"db"}, Fate::restarted, all)) == "api restarts after db, web stops with api");
    CHECK(text(affected_by(workers, {"db", "api"}, Fate::restarted, all)) == "web stops with api");
    CHECK(text(affected_by(workers, {"db"}, Fate::restarted, [](std::string_view name) { return name != "api"; })).empty());
    CHECK(text(affected_by(workers, {"other"}, Fate::restarted, all)).empty());
}

TEST_CASE("affected: a stop takes along only those that stop with it") {
    const auto db = spec("db");
    const auto api = spec("api", {on("db", OnFailure::restart)});
    const auto st = spec("st", {on("db", OnFailure::stop)});
    const auto web = spec("web", {on("st", OnFailure::stop)});
    CHECK(text(affected_by({&db, &api, &st, &web}, {"db"}, Fate::stopped, all)) == "st stops with db, web stops with st");
}

TEST_CASE("affected: a stop comes before a restart, and what has completed is not lost by a further run") {
    const auto db = spec("db");
    const auto cache = spec("cache");
    const auto app = spec("app", {on("db", OnFailure::restart), on("cache", OnFailure::stop)});
    CHECK(text(affected_by({&db, &cache, &app}, {"db", "cache"}, Fate::restarted, all)) == "app stops with cache");
    const auto done = spec("done", {on("db", OnFailure::restart, Dependency::Condition::completed)});
    CHECK(text(affected_by({&db, &done}, {"db"}, Fate::restarted, all)).empty());
}
