// config/control-api.openapi.json against the routes and the documents: neither has anything that the other does not know.
#include "api/documents.hpp"
#include "http/routes/route.hpp"
#include "support/catch.hpp"
#include "support/manual.hpp"
#include "support/paths.hpp"
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <variant>

using namespace talos;
using namespace talos::api;
using namespace talos::http;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const json::value& description() {
    static const json::value document = [] {
        std::ifstream file(talos::test::source_dir() + "/config/control-api.openapi.json");
        return json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    }();
    return document;
}

/// The value itself, or what it refers to.
const json::value& resolved(const json::value& value) {
    const auto* reference = value.is_object() ? value.as_object().if_contains("$ref") : nullptr;
    return reference == nullptr ? value : resolved(description().at_pointer(std::string_view(reference->as_string()).substr(1)));
}

struct Parameter {
    std::string name;
    std::string where;
    std::string example;
    bool required = false;
};

struct Operation {
    std::string method;
    std::string path;
    std::vector<Parameter> parameters;

    /// The path with its examples, and with the required parameters but `left_out`.
    [[nodiscard]] std::string target(const std::string& left_out = {}) const {
        std::string text = path;
        std::string query;
        for (const auto& parameter : parameters) {
            if (parameter.where == "path") text.replace(text.find('{'), parameter.name.size() + 2, parameter.example);
            if (parameter.where != "query" || !parameter.required || parameter.name == left_out) continue;
            query.append(query.empty() ? "?" : "&").append(parameter.name).append("=").append(parameter.example);
        }
        return text + query;
    }
};

std::string example_text(const json::value& example) {
    if (example.is_string()) return std::string(example.as_string());
    if (!example.is_array()) return json::serialize(example);
    std::string joined;
    for (const auto& each : example.as_array())
        joined.append(joined.empty() ? "" : ",").append(std::string_view(each.as_string()));
    return joined;
}

std::vector<Operation> operations() {
    std::vector<Operation> all;
    for (const auto& [path, methods] : description().at("paths").as_object()) {
        for (const auto& [method, operation] : methods.as_object()) {
            Operation& out = all.emplace_back(Operation{std::string(method) == "get" ? "GET" : "POST", path, {}});
            REQUIRE((method == "get" || method == "post"));
            const auto* parameters = operation.as_object().if_contains("parameters");
            if (parameters == nullptr) continue;
            for (const auto& each : parameters->as_array()) {
                const auto& parameter = resolved(each);
                out.parameters.push_back({std::string(parameter.at("name").as_string()),
                                          std::string(parameter.at("in").as_string()), example_text(parameter.at("example")),
                                          parameter.at("required").as_bool()});
            }
        }
    }
    return all;
}

std::variant<Command, Problem> routed(const Operation& operation, const std::string& target) {
    return route({operation.method, target, {}, {}});
}

std::string appended(const std::string& target, const Parameter& parameter) {
    return target + (target.find('?') == std::string::npos ? "?" : "&") + parameter.name + "=" + parameter.example;
}

/// What in `value` the schema does not allow; only what the description uses of JSON Schema.
void check_against(const json::value& schema_or_reference, const json::value& value, const std::string& where) {
    const auto& schema = resolved(schema_or_reference).as_object();
    CAPTURE(where, json::serialize(value));
    if (const auto* constant = schema.if_contains("const")) CHECK(*constant == value);
    if (const auto* words = schema.if_contains("enum")) {
        const auto& list = words->as_array();
        CHECK(std::find(list.begin(), list.end(), value) != list.end());
    }
    const auto* type = schema.if_contains("type");
    if (type == nullptr) return;
    if (*type == "string") CHECK(value.is_string());
    if (*type == "boolean") CHECK(value.is_bool());
    if (*type == "integer") CHECK((value.is_int64() || value.is_uint64()));
    if (*type == "array") {
        REQUIRE(value.is_array());
        for (const auto& element : value.as_array()) check_against(schema.at("items"), element, where + "[]");
    }
    if (*type != "object") return;
    REQUIRE(value.is_object());
    const auto& properties = schema.at("properties").as_object();
    for (const auto& name : schema.at("required").as_array()) {
        INFO("required: " << std::string_view(name.as_string()));
        CHECK(value.as_object().contains(name.as_string()));
    }
    for (const auto& [name, member] : value.as_object()) {
        INFO("member: " << std::string_view(name));
        const auto* property = properties.if_contains(name);
        REQUIRE(property != nullptr);
        check_against(*property, member, where + "/" + std::string(name));
    }
}

void check_document(const std::string& schema, const std::string& document) {
    check_against(description().at("components").at("schemas").at(schema), json::parse(document), schema);
}

/// A worker with every member that a row can have.
WorkerView full_worker() {
    WorkerView worker;
    worker.status.name = "web-1";
    worker.status.group = "web";
    worker.status.state = worker::State::stopping;
    worker.status.pid = 4243;
    worker.status.start_ticks = 7;
    worker.status.started_at = wall_from_ms(1);
    worker.status.next_start = wall_from_ms(2);
    worker.status.last_exit = worker::LastExit{{0, 11, true, {}}, {}, 5s};
    worker.status.reason = "why";
    worker.status.reason_code = state::ReasonCode::not_ready;
    worker.status.failures = 3;
    worker.status.failures_last_hour = 12;
    worker.status.old_config = true;
    worker.status.waiting_for = {"db"};
    worker.status.stop = {config::StopStep{}};
    worker.status.notify = state::NotifyStatus{"up", true, true, 4244, wall_from_ms(4)};
    worker.status.health = state::HealthStatus{worker::HealthState::unhealthy, wall_from_ms(5), 3, "no answer within 5s"};
    worker.kill_at = wall_from_ms(3);
    worker.leaving = true;
    return worker;
}

}   // namespace

TEST_CASE("description: every operation is a route, and every command is described") {
    std::set<std::size_t> commands;
    for (const auto& operation : operations()) {
        CAPTURE(operation.method, operation.target());
        const auto answer = routed(operation, operation.target());
        REQUIRE(std::holds_alternative<Command>(answer));
        commands.insert(std::get<Command>(answer).index());
    }
    CHECK(commands.size() == std::variant_size_v<Command>);
    CHECK(operations().size() == 23);
}

TEST_CASE("description: a path has no other methods than those described") {
    for (const auto& [path, methods] : description().at("paths").as_object()) {
        const std::string allowed = methods.as_object().contains("get") ? "GET, HEAD" : "POST";
        CHECK(methods.as_object().size() == 1);
        for (const auto& operation : operations()) {
            if (operation.path != std::string_view(path)) continue;
            for (const auto* other : {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
                if (operation.method == other) continue;
                const auto answer = route({other, operation.target(), {}, {}});
                REQUIRE(std::holds_alternative<Problem>(answer));
                CHECK(std::get<Problem>(answer).status == 405);
                CHECK(std::get<Problem>(answer).allow == allowed);
            }
        }
    }
}

TEST_CASE("description: parameters that are described are accepted, all others refused") {
    std::vector<Parameter> known{{"another", "query", "1", false}};
    for (const auto& operation : operations())
        for (const auto& parameter : operation.parameters)
            if (parameter.where == "query") known.push_back(parameter);
    for (const auto& operation : operations()) {
        std::set<std::string> own;
        for (const auto& parameter : operation.parameters) {
            if (parameter.where != "query") continue;
            own.insert(parameter.name);
            CAPTURE(operation.path, parameter.name);
            CHECK(std::holds_alternative<Command>(routed(operation, appended(operation.target(parameter.name), parameter))));
            CHECK(std::holds_alternative<Problem>(routed(operation, operation.target(parameter.name))) == parameter.required);
        }
        for (const auto& parameter : known) {
            if (own.contains(parameter.name)) continue;
            CAPTURE(operation.path, parameter.name);
            const auto answer = routed(operation, appended(operation.target(), parameter));
            REQUIRE(std::holds_alternative<Problem>(answer));
            CHECK(std::get<Problem>(answer).code == "bad-parameter");
        }
    }
}

TEST_CASE("description: words and bounds of parameters are those of the routes") {
    for (const auto& [path, methods] : description().at("paths").as_object()) {
        for (const auto& operation : operations()) {
            if (operation.path != std::string_view(path)) continue;
            const auto& described = methods.as_object().begin()->value().as_object();
            if (!described.contains("parameters")) continue;
            for (const auto& each : described.at("parameters").as_array()) {
                const auto& parameter = resolved(each);
                if (parameter.at("in") != "query") continue;
                const auto& schema = parameter.at("schema").as_object();
                const std::string name(parameter.at("name").as_string());
                const auto takes = [&](const std::string& value) {
                    const auto target = appended(operation.target(name), {name, "query", value, false});
                    return std::holds_alternative<Command>(routed(operation, target));
                };
                CAPTURE(operation.path, name);
                if (const auto* words = schema.if_contains("enum"))
                    for (const auto& word : words->as_array()) CHECK(takes(std::string(word.as_string())));
                if (const auto* most = schema.if_contains("maximum")) {
                    CHECK(takes(std::to_string(most->as_int64())));
                    CHECK(!takes(std::to_string(most->as_int64() + 1)));
                }
                if (schema.contains("minimum")) CHECK(!takes("-1"));
            }
        }
    }
}

TEST_CASE("description: the documents have the members it tells of") {
    state::StatusHead head;
    head.identity.pid = 4242;
    head.config_path = "/srv/app/talos.json";
    head.config_changed = true;
    head.changed_files = {"talos.json"};
    head.empty_groups = {"api"};
    head.saved_scales = {{"api", 0, 2}};
    auto code = full_worker();
    code.status.last_exit->status = ExitStatus{3, 0, false, {}};
    check_document("Status", status_document(head, {WorkerView{}, full_worker(), code}, 5s));
    check_document("Worker", worker_document(full_worker()));
    check_document("Workers", workers_document({full_worker(), WorkerView{}}));
    const Results results{{"web", {Outcome::What::failed, "fatal", 7, "why"}},
                          {"old", {Outcome::What::reached, "removed", 0, ""}}};
    check_document("Result", result_document(results[0].first, results[0].second));
    check_document("Results", results_document(results));
    check_document("Awaited", awaited_document(results));
    const ConfigChanges news{true, {"talos.json", "/etc/app.env"}};
    check_document("Results", results_document(results, news));
    check_document("Awaited", awaited_document(results, news));
    check_document("Scaled", scale_document({{"web", 2, 4, 2, 4}}, results, true));
    check_document("Scaled", scale_document({{"web", 2, 4, 2, std::nullopt}, {"api", 1, 0, 1, std::nullopt}}, {}, false));
    ReloadAnswer answer;
    answer.number = 3;
    answer.warnings = {"talos.json:1:2: warning: x"};
    answer.plan.daemon = {{"access", config::Effect::live}};
    answer.plan.workers = {{config::WorkerChange::What::changed, "web", {{"cwd", config::Effect::restart}}}};
    answer.plan.unchanged = 1;
    answer.affected = {{"api", "web", config::Dependency::OnFailure::restart}};
    check_document("Reload", reload_document(answer, false, &results));
    config::WorkerSpec web;
    web.name = "web";
    web.env = {{"A", "1"}, {"B", "1"}};
    answer.running.workers = {web};
    web.env = {{"B", "2"}, {"C", "1"}};
    answer.wanted.workers = {web};
    answer.plan.workers.front().keys.push_back({"env", config::Effect::restart});
    check_document("Reload", reload_document(answer, true));
    Problem problem;
    problem.status = 422;
    problem.code = "invalid-config";
    problem.errors = {"x"};
    check_document("Problem", to_json(problem));
}

TEST_CASE("description: every code of a problem of the routes is told of") {
    for (const auto* target : {"", "/nowhere", "/livez?x", "/v1/reload"}) {
        const auto answer = route({"GET", target, {}, {}});
        REQUIRE(std::holds_alternative<Problem>(answer));
        auto problem = std::get<Problem>(answer);
        check_document("Problem", to_json(problem));
    }
}

TEST_CASE("manual: talos-api(7) has every route with its parameters, and no others") {
    std::map<std::string, std::set<std::string>> described;
    for (const auto& row : talos::test::table_between(talos::test::repository_file("config/man/talos-api.7.md"),
                                                      "<!-- routes -->", "<!-- end routes -->")) {
        REQUIRE(row.size() == 3);
        const auto request = talos::test::code_in(row[0]);
        REQUIRE(request.size() == 1);
        std::set<std::string> parameters;
        for (const auto& parameter : talos::test::code_in(row[1])) parameters.insert(parameter.substr(0, parameter.find('=')));
        CHECK(described.emplace(request[0], parameters).second);
    }
    std::map<std::string, std::set<std::string>> expected;
    for (const auto& operation : operations()) {
        auto path = operation.path;
        std::set<std::string> parameters;
        for (const auto& parameter : operation.parameters) {
            if (parameter.where == "path") path.replace(path.find('{'), parameter.name.size() + 2, "NAMES");
            if (parameter.where == "query") parameters.insert(parameter.name);
        }
        expected.emplace(operation.method + " " + path, parameters);
    }
    CHECK(described == expected);
    CHECK(all_routes().size() == described.size());
}
