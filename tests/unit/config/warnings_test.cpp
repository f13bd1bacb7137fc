#include "config/document/document.hpp"
#include "config/json/read_document.hpp"
#include "parsing.hpp"

using namespace talos::config;

namespace {

using Weight = Remark::Weight;

/// Parses on a machine that says this about each worker.
Parsed parse_with(const std::string& text, const std::vector<Remark>& remarks) {
    HostSystem host;
    host.inspect = [&](const WorkerSpec&) { return remarks; };
    return parse(text, file, host);
}

std::vector<std::string> lines_of(const Parsed& parsed) {
    std::vector<std::string> lines;
    for (const auto& warning : parsed.warnings) lines.push_back(warning_text(warning, "talos.json"));
    for (const auto& error : parsed.errors) lines.push_back(to_text(error, "talos.json"));
    return lines;
}

using Lines = std::vector<std::string>;

}   // namespace

TEST_CASE("warnings: a remark of the machine has the place of its key, and the config can be used") {
    const auto parsed = parse_with("{\"workers\": {\n\"web\": {\"command\": \"x\",\n\"hooks\": {\"preStart\": \"y\"}}}}",
                                   {{Weight::warning, "/command", "no x"}, {Weight::warning, "/hooks/preStart/command", "no y"}});
    CHECK(lines_of(parsed) == Lines{"talos.json:2:20: /workers/web/command: warning: no x",
                                    "talos.json:3:23: /workers/web/hooks/preStart: warning: no y"});
    CHECK(parsed.errors.empty());
    CHECK(parsed.config.workers.size() == 1);
}

TEST_CASE("warnings: a remark can be an error, and one about a key that is not written has the worker's place") {
    CHECK(lines_of(parse_with("{\"workers\": {\"web\": {\"command\": \"x\", \"groups\": [\"a\", \"b\"]}}}",
                              {{Weight::error, "/groups/1", "no b"}})) == Lines{"talos.json:1:54: /workers/web/groups/1: no b"});
    CHECK(lines_of(parse_with("{\"workers\": {\"web\": {\"command\": \"x\"}}}", {{Weight::warning, "/cwd", "no folder"}})) ==
          Lines{"talos.json:1:21: /workers/web: warning: no folder"});
}

TEST_CASE("warnings: what workers share is reported once, with two messages at one place both") {
    const auto parsed =
        parse_with("{\"templates\": {\"t\": {\"cwd\": \"/a\"}}, \"workers\": {\"a\": {\"command\": \"x\", \"extends\": \"t\"}, "
                   "\"b\": {\"command\": \"x\", \"extends\": \"t\"}}}",
                   {{Weight::warning, "/cwd", "no folder"}, {Weight::warning, "/cwd", "others can write it"}});
    CHECK(lines_of(parsed) == Lines{"talos.json:1:29: /templates/t/cwd: warning: no folder",
                                    "talos.json:1:29: /templates/t/cwd: warning: others can write it"});
}

TEST_CASE("warnings: of instances the first one is inspected, of none nothing") {
    HostSystem host;
    std::vector<std::string> seen;
    host.inspect = [&](const WorkerSpec& worker) {
        seen.push_back(worker.name + " " + worker.command.back());
        return std::vector<Remark>();
    };
    (void)parse(R"({"workers": {"web": {"command": "x {index}", "instances": 3}, "none": {"command": "y", "instances": 0}}})",
                file, host);
    CHECK(seen == Lines{"web-1 1"});
}

TEST_CASE("warnings: a pointer that leads nowhere ends at the last value on its way") {
    const auto document = read_document(R"({"a": [1, {"b": 2}]})");
    REQUIRE_FALSE(document.error);
    CHECK(offset_at(document.root, "") == 0);
    CHECK(offset_at(document.root, "/a/1/b") == 16);
    CHECK(offset_at(document.root, "/a/7") == 6);
    CHECK(offset_at(document.root, "/a/1/c") == 10);
    CHECK(offset_at(document.root, "/x/y") == 0);
}
