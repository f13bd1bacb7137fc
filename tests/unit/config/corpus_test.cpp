// The corpus is also held against config/talos.schema.json (schema_check.py): schema and parser agree on every file of it.
#include "config/load/parse.hpp"
#include "config/use/show.hpp"
#include "support/catch.hpp"
#include "support/paths.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace talos::config;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const fs::path source_dir = talos::test::source_dir();

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    INFO(path.string());
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> corpus(const std::string& kind) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(source_dir / "tests/unit/config/corpus" / kind))
        paths.push_back(entry.path());
    return paths;
}

std::string first_error(const Parsed& parsed) { return parsed.errors.empty() ? "" : to_text(parsed.errors.front(), "file"); }

/// An object of every key's default, as the schema has it.
json::object defaults_of(const json::value& schema, const std::string& worker) {
    json::object defaults;
    for (const auto& [key, value] : schema.at("properties").as_object()) {
        const auto* given = value.as_object().if_contains("default");
        if (given == nullptr) continue;
        defaults[key] = *given;
        if (key == "file") defaults[key] = "logs/" + worker + ".log";   // NAME in the schema
    }
    return defaults;
}

}   // namespace

TEST_CASE("corpus: good configs have no error, and what is shown of them is the same config") {
    const auto paths = corpus("good");
    CHECK(paths.size() >= 20);
    for (const auto& path : paths) {
        const auto parsed = parse(content_of(path), "/srv/app/talos.json");
        CAPTURE(path.string(), first_error(parsed));
        CHECK(parsed.errors.empty());
        CHECK(parse(show(parsed.config, Values::shown), "/srv/app/talos.json").config == parsed.config);
    }
}

TEST_CASE("corpus: bad configs have errors that say where and what") {
    const auto paths = corpus("bad");
    CHECK(paths.size() >= 50);
    for (const auto& path : paths) {
        CAPTURE(path.string());
        const auto parsed = parse(content_of(path), "/srv/app/talos.json");
        CHECK(!parsed.errors.empty());
        for (const auto& error : parsed.errors) CHECK((error.line > 0 && error.column > 0 && !error.message.empty()));
    }
}

TEST_CASE("schema: its defaults are the parser's") {
    const auto schema = json::parse(content_of(source_dir / "config/talos.schema.json"));
    const auto& definitions = schema.at("$defs");
    auto worker = defaults_of(definitions.at("worker"), "web");
    worker["command"] = "x";
    worker["restart"] = defaults_of(definitions.at("restart"), "web");
    worker["log"] = defaults_of(definitions.at("log"), "web");
    worker["stop"] = json::object{{"steps", json::array{defaults_of(definitions.at("step"), "web")}}};
    const std::vector<std::string> no_default{"extends", "instances", "ready",       "health",  "notify",
                                              "reload",  "dependsOn", "user",        "group",   "groups",
                                              "umask",   "nice",      "oomScoreAdj", "rlimits", "cpuAffinity"};
    for (const auto& key : no_default) CHECK_FALSE(worker.contains(key));
    CHECK(worker.size() + no_default.size() == definitions.at("worker").at("properties").as_object().size());
    const auto spelled = json::serialize(json::object{{"workers", json::object{{"web", worker}}}});
    const auto parsed = parse(spelled, "/srv/app/talos.json");
    CAPTURE(spelled, first_error(parsed));
    REQUIRE(parsed.errors.empty());
    CHECK(parsed.config == parse(R"({"workers": {"web": {"command": "x"}}})", "/srv/app/talos.json").config);

    auto outer = defaults_of(definitions.at("worker"), "web");   // the defaults of the objects as a whole
    outer["command"] = "x";
    const auto whole = parse(json::serialize(json::object{{"workers", json::object{{"web", outer}}}}), "/srv/app/talos.json");
    REQUIRE(whole.errors.empty());
    CHECK(whole.config == parsed.config);
}

TEST_CASE("schema: the defaults of questions are the parser's, too") {
    const auto schema = json::parse(content_of(source_dir / "config/talos.schema.json"));
    const auto with = [](const char* key, json::object question) {
        const json::object worker{{"command", "x"}, {key, std::move(question)}};
        const auto parsed =
            parse(json::serialize(json::object{{"workers", json::object{{"web", worker}}}}), "/srv/app/talos.json");
        CAPTURE(key, first_error(parsed));
        REQUIRE(parsed.errors.empty());
        return parsed.config;
    };
    for (const char* key : {"ready", "health"}) {
        auto spelled = defaults_of(schema.at("$defs").at(key), "web");
        spelled["http"] = "http://localhost/";
        CHECK(with(key, spelled) == with(key, {{"http", "http://localhost/"}}));
    }
}

TEST_CASE("example: the shipped config is valid") {
    const auto parsed = parse(content_of(source_dir / "config/talos.json"), "/srv/app/talos.json");
    INFO(first_error(parsed));
    CHECK(parsed.errors.empty());
    CHECK(parsed.config.workers.size() == 2);
}
