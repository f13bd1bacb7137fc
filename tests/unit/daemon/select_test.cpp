#include "daemon/select.hpp"
#include "support/catch.hpp"

using namespace talos::daemon;

namespace {

const std::vector<std::string> names{"web-1", "web-2", "cache"};
using Indices = std::vector<std::size_t>;

}  // namespace

TEST_CASE("select: no words and `all` mean everybody") {
    CHECK(*select(names, {}) == Indices{0, 1, 2});
    CHECK(*select(names, {"all"}) == Indices{0, 1, 2});
    CHECK(select(std::vector<std::string>{}, {"all"})->empty());
}

TEST_CASE("select: names and globs, each worker once, in the file's order") {
    CHECK(*select(names, {"cache", "web-*", "web-1"}) == Indices{0, 1, 2});
    CHECK(*select(names, {"web-2"}) == Indices{1});
}

TEST_CASE("select: a word that means nobody is named, with a suggestion") {
    CHECK(select(names, {"web-1", "cahce"}).error().message() == "no worker \"cahce\"; did you mean \"cache\"?");
    CHECK(select(names, {"postgres"}).error().message() == "no worker \"postgres\"; there are: web-1, web-2, cache");
    CHECK(select(names, {"db*"}).error().message() == "no worker matches \"db*\"; there are: web-1, web-2, cache");
    CHECK(select(std::vector<std::string>{}, {"web"}).error().message() == "no worker \"web\"; there are no workers at all");
}
