#include "api/select.hpp"
#include "support/catch.hpp"

using namespace talos::api;
using namespace talos::state;

namespace {

const std::vector<Named> names{{"web-1"}, {"web-2"}, {"cache"}};
const std::vector<Named> grouped{{"cache"}, {"web-1", "web"}, {"web-2", "web"}, {"api-1", "api"}};
using Indices = std::vector<std::size_t>;

}   // namespace

TEST_CASE("select: no words and `all` mean everybody") {
    CHECK(*select(names, {}) == Indices{0, 1, 2});
    CHECK(*select(names, {"all"}) == Indices{0, 1, 2});
    CHECK(select(std::vector<Named>{}, {"all"})->empty());
}

TEST_CASE("select: names and globs, each worker once, in the file's order") {
    CHECK(*select(names, {"cache", "web-*", "web-1"}) == Indices{0, 1, 2});
    CHECK(*select(names, {"web-2"}) == Indices{1});
}

TEST_CASE("select: a word that means nobody is named, with a suggestion") {
    CHECK(select(names, {"web-1", "cahce"}).error().message() == "no worker \"cahce\"; did you mean \"cache\"?");
    CHECK(select(names, {"postgres"}).error().message() == "no worker \"postgres\"; known workers: web-1, web-2, cache");
    CHECK(select(names, {"db*"}).error().message() == "no worker matches \"db*\"; known workers: web-1, web-2, cache");
    CHECK(select(std::vector<Named>{}, {"web"}).error().message() == "no worker \"web\"; there are no workers");
}

TEST_CASE("select: the name of a worker with instances means all of them, and is suggested") {
    CHECK(*select(grouped, {"web"}) == Indices{1, 2});
    CHECK(*select(grouped, {"api", "web-2"}) == Indices{2, 3});
    CHECK(*select(grouped, {"web*"}) == Indices{1, 2});
    CHECK(select(grouped, {"we?"}).error().message() == "no worker matches \"we?\"; known workers: cache, web-1, web-2, api-1");
    CHECK(select(grouped, {"wbe"}).error().message() == "no worker \"wbe\"; did you mean \"web\"?");
    CHECK(select(grouped, {"web-3"}).error().message() == "no worker \"web-3\"; did you mean \"web-1\"?");
    CHECK_FALSE(select(names, {"web"}).has_value());
    CHECK_FALSE(select(names, {""}).has_value());   // of no group, not of a group without a name
}

TEST_CASE("select: a group without instances is known, and means no worker") {
    const std::vector<Named> with_empty{{"cache"}, {"web-1", "web"}, {{}, "api"}};
    CHECK(select(with_empty, {"api"})->empty());
    CHECK(*select(with_empty, {"api", "cache"}) == Indices{0});
    CHECK(*select(with_empty, {}) == Indices{0, 1});
    CHECK(*select(with_empty, {"all"}) == Indices{0, 1});
    CHECK_FALSE(select(with_empty, {"api-*"}).has_value());
    CHECK_FALSE(select(with_empty, {""}).has_value());
    CHECK(select(with_empty, {"apo"}).error().message() == "no worker \"apo\"; did you mean \"api\"?");
    talos::state::StatusDocument document;
    document.head.empty_groups = {"api"};
    CHECK(select(names_of(document), {"api"})->empty());
}

TEST_CASE("select: groups are told by the status document as by the config") {
    StatusDocument document;
    document.workers.resize(2);
    document.workers[0].name = "a";
    document.workers[1].name = "web-1";
    document.workers[1].group = "web";
    talos::config::Config config;
    config.workers.resize(2);
    config.workers[0].name = "a";
    config.workers[1].name = "web-1";
    config.workers[1].instance.make() = {"web", 1};
    for (const auto& known : {names_of(document), names_of(config)}) {
        REQUIRE(known.size() == 2);
        CHECK(known[0].group.empty());
        CHECK(known[1].name == "web-1");
        CHECK(known[1].group == "web");
    }
}

TEST_CASE("select: a name that is nobody's own means the history of its instances, those that are gone too") {
    const HistoryOf group("web", false);
    CHECK(group.wants("web-1"));
    CHECK(group.wants("web"));   // from before it had instances
    CHECK_FALSE(group.wants("web-a"));
    CHECK_FALSE(group.wants("api-1"));
    CHECK_FALSE(group.wants(""));
    const HistoryOf worker("web", true);
    CHECK(worker.wants("web"));
    CHECK_FALSE(worker.wants("web-1"));
    CHECK(HistoryOf("we*", false).wants("web-1"));
    CHECK_FALSE(HistoryOf("w?b", false).wants("web-1"));
    CHECK(HistoryOf("", false).wants(""));
}
