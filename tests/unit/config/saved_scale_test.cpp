#include "config/load/saved_scale.hpp"
#include "parsing.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::config;

namespace {

using Names = std::vector<std::string>;

Config a_config(const std::string& extra = {}) {
    return config_of(R"({"workers": {"a": {"command": "x"}, "web": {"command": "x {index}", "instances": 2)" + extra +
                     R"(}, "m": {"command": "x"}, "api": {"command": "x", "instances": 1}, "z": {"command": "x"}}})");
}

Names names_in(const Config& config) {
    Names names;
    for (const auto& worker : config.workers) names.push_back(worker.name);
    return names;
}

}   // namespace

TEST_CASE("saved scale: instances come and go where their group stands, and are those of the pattern") {
    auto config = a_config();
    CHECK(apply_scales(config, {{"web", 3}, {"api", 0}, {"gone", 5}}, "/data").empty());
    CHECK(names_in(config) == Names{"a", "web-1", "web-2", "web-3", "m", "z"});
    CHECK(config.workers[3].command == Names{"x", "3"});
    CHECK(config.groups[0].count == 3);
    CHECK(config.groups[0].configured == 2);
    CHECK(config.groups[1].count == 0);
    CHECK(config.groups[1].place == 5);
    CHECK(apply_scales(config, {{"web", 1}, {"api", 2}}, "/data").empty());
    CHECK(names_in(config) == Names{"a", "web-1", "m", "api-1", "api-2", "z"});
    CHECK(config.groups[1].configured == 1);
}

TEST_CASE("saved scale: the config's number makes the config that was read") {
    auto config = a_config();
    const auto before = config;
    CHECK(apply_scales(config, {{"web", 5}}, "/data").empty());
    CHECK(apply_scales(config, {{"web", 2}}, "/data").empty());
    CHECK(config.workers == before.workers);
    CHECK(config.groups == before.groups);
}

TEST_CASE("saved scale: a number that cannot be leaves the config's, and is told") {
    auto config = a_config(R"(, "ready": {"tcp": "127.0.0.1:6553{index}"})");
    const auto complaints = apply_scales(config, {{"web", 6}, {"api", 2}}, "/data");
    REQUIRE(complaints.size() == 1);
    CHECK(complaints.front().starts_with(
        "the saved scale of web (6 instances) is not possible; the number in the config applies: "));
    CHECK(names_in(config) == Names{"a", "web-1", "web-2", "m", "api-1", "api-2", "z"});
}
