#include "state/status_document.hpp"
#include "support/result_text.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>

using namespace talos;
using namespace talos::state;
namespace json = boost::json;

namespace {

StatusDocument a_document() {
    StatusDocument document;
    document.head.version = "0.1.0";
    document.head.sequence = 17;
    document.head.identity = {4242, 123456, "0c3d-boot", 4026531836};
    document.head.started_at = wall_from_ms(1769650000000);
    document.head.config_path = "/srv/app/talos.json";
    document.head.state = DaemonState::running;
    document.head.run = "9f0c";
    document.head.stop_timeout = Millis{35'000};
    document.head.updated_at = wall_from_ms(1769650000100);
    return document;
}

WorkerStatus a_worker() {
    WorkerStatus worker;
    worker.name = "web";
    worker.state = worker::State::running;
    worker.goal = worker::Goal::up;
    worker.ready = true;
    worker.restarts = 2;
    worker.pid = 4243;
    worker.start_ticks = 123460;
    worker.started_at = wall_from_ms(1769650000012);
    worker.since = wall_from_ms(1769650000020);
    worker.last_exit = worker::LastExit{ExitStatus{0, SIGSEGV, false, {}}, wall_from_ms(1769649999000), Millis{86'400'000}};
    worker.next_start = wall_from_ms(1769650003000);
    worker.reason = "it said \"no\"\n";
    worker.stop = {{SIGTERM, Millis{30'000}}};
    return worker;
}

/// The document as text, after `change` has had its way with its JSON.
template <class Change>
std::string changed(Change change) {
    auto document = a_document();
    document.workers.push_back(a_worker());
    auto object = to_json(document, DocumentOf::file);
    change(object, object.at("workers").as_array().at(0).as_object());
    return json::serialize(object);
}

std::string failure_of_text(std::string_view text) {
    const auto parsed = parse_status(text);
    return parsed ? "" : parsed.error().message();
}

}   // namespace

TEST_CASE("status document: the JSON has the contract's members in the contract's order") {
    auto document = a_document();
    document.workers.push_back(a_worker());
    CHECK(
        json::serialize(to_json(document, DocumentOf::file)) ==
        R"({"schema":1,"version":"0.1.0","sequence":17,"pid":4242,"startedAt":1769650000000,"configPath":"/srv/app/talos.json",)"
        R"("state":"running","startTicks":123456,"bootId":"0c3d-boot","pidNamespace":4026531836,"run":"9f0c","stopTimeout":35000,)"
        R"("updatedAt":1769650000100,"workers":[{"name":"web","state":"running","goal":"up","ready":true,"pid":4243,)"
        R"("startTicks":123460,"startedAt":1769650000012,"since":1769650000020,"restarts":2,)"
        R"("lastExit":{"signal":"SIGSEGV","coreDumped":false,"at":1769649999000,"uptime":86400000},"nextStartAt":1769650003000,)"
        R"("reason":"it said \"no\"\n","stop":[{"signal":"SIGTERM","wait":30000}]}]})");
}

TEST_CASE("status document: the run is in the file alone, and is not needed elsewhere") {
    auto document = a_document();
    CHECK(to_json(document, DocumentOf::file).at("run") == "9f0c");
    const auto shown = to_json(document);
    CHECK(json::serialize(shown).find("9f0c") == std::string::npos);
    CHECK(failure_of_text(json::serialize(shown)) == "/run: is missing");
    const auto parsed = parse_status(json::serialize(shown), DocumentOf::api);
    REQUIRE(parsed);
    document.head.run.clear();
    CHECK(*parsed == document);
}

TEST_CASE("status document: an instance says of which worker it is one, others say nothing") {
    auto document = a_document();
    document.workers.push_back(a_worker());
    CHECK_FALSE(to_json(document.workers[0]).contains("group"));
    document.workers[0].group = "w";
    const auto object = to_json(document, DocumentOf::file);
    CHECK(object.at("workers").at(0).at("group") == "w");
    const auto parsed = parse_status(json::serialize(object));
    REQUIRE(parsed.has_value());
    CHECK(*parsed == document);
    CHECK(failure_of_text(changed([](auto&, auto& worker) { worker["group"] = 1; })) ==
          "/workers/0/group: a string was expected");
    CHECK(failure_of_text(changed([](auto&, auto& worker) { worker["group"] = "a/b"; })) ==
          "/workers/0/group: the name of a group was expected");
}

TEST_CASE("status document: by what processes are proven to be a worker's, and those that are not") {
    auto document = a_document();
    document.workers.push_back(a_worker());
    document.workers[0].cgroup = "/talos-1-2/run-web";
    document.head.cgroup = {"/talos-1-2", 77, 4026531835};
    document.head.unowned = {{4711, 99, "a b"}};
    const auto text = json::serialize(to_json(document, DocumentOf::file));
    CHECK(text.find(R"("processes":{"proof":"cgroup","cgroup":"/talos-1-2","inode":77,"namespace":4026531835},)"
                    R"("unowned":[{"pid":4711,"startTicks":99,"command":"a b"}],)") != std::string::npos);
    CHECK(text.find(R"("cgroup":"/talos-1-2/run-web")") != std::string::npos);
    REQUIRE(parse_status(text).has_value());
    CHECK(*parse_status(text) == document);
    document.head.cgroup = {};
    document.head.no_cgroup = "none is mounted";
    const auto without = json::serialize(to_json(document, DocumentOf::file));
    CHECK(without.find(R"("processes":{"proof":"facts","reason":"none is mounted"})") != std::string::npos);
    CHECK(*parse_status(without) == document);
    CHECK(proof_text("/talos-1-2", "") == "cgroup /talos-1-2");
    CHECK(proof_text("", "none is mounted") == "parent chain, session, marks, pipes (none is mounted)");
}

TEST_CASE("status document: what is unknown is absent, not null") {
    auto document = a_document();
    document.head.config_path.clear();
    WorkerStatus worker;
    worker.name = "idle";
    document.workers.push_back(worker);
    CHECK_FALSE(to_json(document, DocumentOf::file).contains("configPath"));
    CHECK(json::serialize(to_json(worker)) ==
          R"({"name":"idle","state":"stopped","goal":"down","ready":false,"since":0,"restarts":0,"stop":[]})");
}

TEST_CASE("status document: an exit has a code or a signal, never both") {
    worker::LastExit exit{ExitStatus{3, 0, false, {}}, wall_from_ms(5), Millis{7}};
    CHECK(json::serialize(to_json(exit)) == R"({"code":3,"at":5,"uptime":7})");
    exit.status = ExitStatus{0, SIGKILL, true, {}};
    CHECK(json::serialize(to_json(exit)) == R"({"signal":"SIGKILL","coreDumped":true,"at":5,"uptime":7})");
}

TEST_CASE("status document: reading back gives what was written") {
    auto document = a_document();
    document.workers.push_back(a_worker());
    document.workers.push_back(a_worker());
    document.workers.back().name = "db";
    document.workers.back().last_exit->status = ExitStatus{3, 0, false, {}};
    document.workers.back().state = worker::State::stopped;
    document.workers.back().pid = 0;
    document.workers.back().start_ticks = 0;
    document.workers.back().started_at.reset();
    document.workers.back().stop = {{SIGINT, Millis{1}}, {SIGTERM, Millis{2}}};
    const auto parsed = parse_status(json::serialize(to_json(document, DocumentOf::file)));
    REQUIRE(parsed);
    CHECK(*parsed == document);
}

TEST_CASE("status document: what went wrong with a log, while it does and afterwards") {
    auto document = a_document();
    document.workers = {a_worker(), a_worker()};
    document.workers[1].name = "other";
    document.workers[0].log = LogStatus{"write /x.log: No space left on device", wall_from_ms(1769650000000), 3, 300};
    document.workers[1].log = LogStatus{{}, {}, 5, 500};
    const auto text = json::serialize(to_json(document, DocumentOf::file));
    CHECK(
        text.find(
            R"("log":{"trouble":"write /x.log: No space left on device","since":1769650000000,"droppedLines":3,"droppedBytes":300})") !=
        std::string::npos);
    CHECK(text.find(R"("log":{"droppedLines":5,"droppedBytes":500})") != std::string::npos);
    const auto back = parse_status(text);
    REQUIRE(back);
    CHECK(back->workers == document.workers);
}

TEST_CASE("status document: a oneshot says so, and what the hooks of a stop may take, and both are absent elsewhere") {
    auto document = a_document();
    document.workers = {a_worker(), a_worker()};
    document.workers[1].name = "once";
    document.workers[1].oneshot = true;
    document.workers[1].stop_hooks = Millis{60'000};
    const auto text = json::serialize(to_json(document, DocumentOf::file));
    CHECK(text.find(R"("ready":true,"kind":"oneshot")") != std::string::npos);
    CHECK(text.find(R"("stopHooks":60000)") != std::string::npos);
    CHECK(text.find("kind") == text.rfind("kind"));
    CHECK(text.find("stopHooks") == text.rfind("stopHooks"));
    const auto back = parse_status(text);
    REQUIRE(back);
    CHECK(back->workers == document.workers);
}

namespace {

std::string text_of(const WorkerStatus& worker) { return json::serialize(to_json(worker)); }

/// As another process reads it.
WorkerStatus read_back(const WorkerStatus& worker) {
    auto document = a_document();
    document.workers = {worker};
    const auto parsed = parse_status(json::serialize(to_json(document, DocumentOf::file)));
    REQUIRE(parsed);
    return parsed->workers.at(0);
}

}   // namespace

TEST_CASE("status document: completed is a oneshot that is over, whose last run was fine and nothing came after it") {
    auto worker = a_worker();
    worker.pid = 0;
    worker.start_ticks = 0;
    worker.started_at.reset();
    worker.reason.clear();
    worker.last_exit = worker::LastExit{};
    worker.state = worker::State::exited;
    CHECK_FALSE(completed(read_back(worker)));
    worker.oneshot = true;
    CHECK(completed(read_back(worker)));
    for (const auto state : documented_states) {
        worker.state = state;
        const auto read = read_back(worker);
        CHECK(completed(read) == (state == worker::State::exited || state == worker::State::running));
        CHECK(read.remains_up == (state == worker::State::running));
        CHECK(documented_state(read) == state);
        CHECK(text_of(read) == text_of(worker));
    }
    worker.state = worker::State::exited;
    auto failed = worker;
    failed.reason = "preStart: it ended with exit code 1";
    CHECK_FALSE(completed(read_back(failed)));
    failed = worker;
    failed.last_exit->status.code = 1;
    CHECK_FALSE(completed(read_back(failed)));
    failed.last_exit.reset();
    CHECK_FALSE(completed(read_back(failed)));
}

TEST_CASE("status document: completed is written as exited, or as running while it remains up, and read back") {
    auto worker = a_worker();
    worker.pid = 0;
    worker.start_ticks = 0;
    worker.started_at.reset();
    worker.reason.clear();
    worker.last_exit = worker::LastExit{};
    worker.oneshot = true;
    worker.state = worker::State::completed;
    CHECK(text_of(worker).find(R"("state":"exited")") != std::string::npos);
    CHECK(read_back(worker) == worker);
    worker.remains_up = true;
    CHECK(text_of(worker).find(R"("state":"running")") != std::string::npos);
    CHECK(read_back(worker) == worker);
    worker.reason = "to be stopped after web";
    CHECK(read_back(worker) == worker);
}

TEST_CASE("status document: the kind of a reason is read back, and one of a newer version is left out") {
    auto worker = a_worker();
    for (const auto reason_code : all_reason_codes) {
        worker.reason_code = reason_code;
        CHECK(read_back(worker) == worker);
    }
    const auto text = changed([](auto&, auto& row) { row["reasonCode"] = "something new"; });
    const auto parsed = parse_status(text);
    REQUIRE(parsed);
    CHECK_FALSE(parsed->workers.at(0).reason_code);
}

TEST_CASE("status document: the words for states are read back, and there are no others") {
    for (const auto state : documented_states) CHECK(state_from(worker::to_text(state)) == state);
    for (const auto* text : {"", "Running", "run", "running ", "unknown", "completed"}) CHECK_FALSE(state_from(text));
}

TEST_CASE("status document: groups without instances, where there are any") {
    auto document = a_document();
    CHECK(json::serialize(to_json(document, DocumentOf::file)).find("emptyGroups") == std::string::npos);
    document.head.empty_groups = {"web", "api"};
    const auto text = json::serialize(to_json(document, DocumentOf::file));
    CHECK(text.find(R"("emptyGroups":["web","api"])") != std::string::npos);
    const auto back = parse_status(text);
    REQUIRE(back);
    CHECK(*back == document);
}

TEST_CASE("status document: saved numbers of instances, where there are any") {
    auto document = a_document();
    CHECK(json::serialize(to_json(document, DocumentOf::file)).find("savedScales") == std::string::npos);
    document.head.saved_scales = {{"web", 4, 2}, {"api", 0, 1}};
    const auto text = json::serialize(to_json(document, DocumentOf::file));
    CHECK(text.find(
              R"("savedScales":[{"group":"web","instances":4,"configured":2},{"group":"api","instances":0,"configured":1}])") !=
          std::string::npos);
    const auto back = parse_status(text);
    REQUIRE(back);
    CHECK(*back == document);
}

TEST_CASE("status document: what a worker says of itself, as far as it does") {
    auto document = a_document();
    document.workers = {a_worker(), a_worker()};
    document.workers[1].name = "other";
    document.workers[0].notify = NotifyStatus{"Ready to accept connections", true, true, 4250, wall_from_ms(1769650000000)};
    document.workers[1].notify = NotifyStatus{"up", false, false, 0, {}};
    const auto text = json::serialize(to_json(document, DocumentOf::file));
    CHECK(
        text.find(
            R"("notify":{"status":"Ready to accept connections","reloading":true,"stopping":true,"mainPid":4250,"heartbeatAt":1769650000000})") !=
        std::string::npos);
    CHECK(text.find(R"("notify":{"status":"up"})") != std::string::npos);
    const auto back = parse_status(text);
    REQUIRE(back);
    CHECK(back->workers == document.workers);
}

TEST_CASE("status document: health of a worker that has it") {
    auto document = a_document();
    document.workers = {a_worker(), a_worker()};
    document.workers[1].name = "other";
    const std::string why = "tcp 127.0.0.1:80: no answer within 5s";
    document.workers[0].health = HealthStatus{worker::HealthState::unhealthy, wall_from_ms(1769650000000), 3, why};
    document.workers[1].health = HealthStatus{worker::HealthState::unknown, wall_from_ms(1769650000001), 0, {}};
    const auto text = json::serialize(to_json(document, DocumentOf::file));
    CHECK(
        text.find(
            R"("health":{"state":"unhealthy","since":1769650000000,"failures":3,"reason":"tcp 127.0.0.1:80: no answer within 5s"})") !=
        std::string::npos);
    CHECK(text.find(R"("health":{"state":"unknown","since":1769650000001,"failures":0})") != std::string::npos);
    const auto back = parse_status(text);
    REQUIRE(back);
    CHECK(back->workers == document.workers);
    auto odd = text;
    odd.replace(odd.find("\"unhealthy\""), 11, "\"poorly\"");
    REQUIRE_FALSE(parse_status(odd));
    const auto told = parse_status(odd).error().message();
    CHECK(told.find("/workers/0/health/state: `unknown`, `healthy` or `unhealthy` was expected") != std::string::npos);
}

TEST_CASE("status document: start ticks and namespaces keep all 64 bits") {
    auto document = a_document();
    document.head.identity.start_ticks = 18'446'744'073'709'551'615u;
    const auto parsed = parse_status(json::serialize(to_json(document, DocumentOf::file)));
    REQUIRE(parsed);
    CHECK(parsed->head.identity.start_ticks == 18'446'744'073'709'551'615u);
}

TEST_CASE("status document: bytes that are no UTF-8 still make a valid document") {
    auto worker = a_worker();
    worker.reason = "exec /srv/\xff\xfe: No such file";
    const auto text = json::serialize(to_json(worker));
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    REQUIRE_FALSE(error);
    CHECK(value.at("reason").as_string() == "exec /srv/\xef\xbf\xbd\xef\xbf\xbd: No such file");
}

TEST_CASE("status document: members of a newer talosd are ignored") {
    CHECK(parse_status(changed([](json::object& head, json::object& worker) {
        head["later"] = 1;
        worker["later"] = json::object{{"x", nullptr}};
    })));
}

TEST_CASE("status document: a newer schema is refused and named") {
    const auto text = changed([](json::object& head, json::object&) { head["schema"] = 2; });
    CHECK(failure_of_text(text).find("/schema: 2 is newer than this program") == 0);
}

TEST_CASE("status document: a PID that could mean more than one process is refused, wherever it stands") {
    const auto pid = GENERATE(std::int64_t{-1}, std::int64_t{0}, std::int64_t{-4242}, std::int64_t{4194305},
                              std::int64_t{4294967297}, std::int64_t{INT64_MIN});
    CAPTURE(pid);
    CHECK(failure_of_text(changed([&](json::object& head, json::object&) { head["pid"] = pid; })).find("/pid: ") == 0);
    CHECK(failure_of_text(changed([&](json::object&, json::object& worker) { worker["pid"] = pid; })).find("/workers/0/pid: ") ==
          0);
}

TEST_CASE("status document: the failure names the member that is wrong") {
    const auto failure_with = [](auto change) { return failure_of_text(changed(change)); };
    using O = json::object;
    CHECK(failure_with([](O& head, O&) { head.erase("run"); }) == "/run: is missing");
    CHECK(failure_with([](O& head, O&) { head["run"] = ""; }) == "/run: a string that is not empty was expected");
    CHECK(failure_with([](O& head, O&) { head["bootId"] = 5; }) == "/bootId: a string was expected");
    CHECK(failure_with([](O& head, O&) { head["startTicks"] = 1.5; }).find("/startTicks: a whole number") == 0);
    CHECK(failure_with([](O& head, O&) { head["updatedAt"] = 1e300; }).find("/updatedAt: a whole number") == 0);
    CHECK(failure_with([](O& head, O&) { head["stopTimeout"] = -1; }).find("/stopTimeout: a whole number") == 0);
    CHECK(failure_with([](O& head, O&) { head["state"] = "fatal"; }).find("/state: ") == 0);
    CHECK(failure_with([](O& head, O&) { head["workers"] = O{}; }) == "/workers: an array was expected");
    CHECK(failure_with([](O& head, O&) { head["workers"].as_array().push_back(7); }) == "/workers/1: an object was expected");
    CHECK(failure_with([](O& head, O&) {
              auto& list = head["workers"].as_array();
              list.push_back(list[0]);
          }) == "/workers/1/name: another worker has the same name");
    CHECK(failure_with([](O&, O& worker) { worker["name"] = "../x"; }).find("/workers/0/name: ") == 0);
    CHECK(failure_with([](O&, O& worker) { worker["name"] = std::string("a\0b", 3); }).find("/workers/0/name: ") == 0);
    CHECK(failure_with([](O&, O& worker) { worker["state"] = "RUNNING"; }).find("/workers/0/state: ") == 0);
    CHECK(failure_with([](O&, O& worker) { worker["goal"] = ""; }).find("/workers/0/goal: ") == 0);
    CHECK(failure_with([](O&, O& worker) { worker["ready"] = 1; }) == "/workers/0/ready: true or false was expected");
    CHECK(failure_with([](O&, O& worker) { worker.erase("startTicks"); }) == "/workers/0/startTicks: is missing");
    CHECK(failure_with([](O&, O& worker) { worker["lastExit"].as_object()["code"] = 1; }).find("/workers/0/lastExit/code: ") ==
          0);
    CHECK(failure_with([](O&, O& worker) {
              worker["lastExit"].as_object().erase("signal");
          }).find("/workers/0/lastExit/code: ") == 0);
    CHECK(failure_with([](O&, O& worker) {
              worker["stop"].as_array()[0].as_object()["signal"] = "SIGNONE";
          }).find("/workers/0/stop/0/signal: ") == 0);
    CHECK(failure_with([](O&, O& worker) { worker["reason"] = nullptr; }) == "/workers/0/reason: a string was expected");
}

TEST_CASE("status document: whatever the text is, the answer is a failure, not an end") {
    const std::string whole = changed([](json::object&, json::object&) {});
    REQUIRE(parse_status(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        CHECK_FALSE(parse_status(std::string_view(whole).substr(0, length)));
    }
    CHECK_FALSE(parse_status("null"));
    CHECK_FALSE(parse_status("[]"));
    CHECK_FALSE(parse_status("{}"));
    CHECK_FALSE(parse_status(std::string(100, '\0')));
    CHECK_FALSE(parse_status("\xff\xfe"));
    CHECK_FALSE(parse_status(whole + whole));
    CHECK_FALSE(parse_status(std::string(1u << 20, '[')));
    CHECK_FALSE(parse_status("{\"schema\":" + std::string(1u << 20, '9') + "}"));
    CHECK_FALSE(parse_status("{\"schema\":1e999999999}"));
    CHECK_FALSE(parse_status("{\"schema\":1,\"version\":\"\\ud800\"}"));
}

TEST_CASE("status document: of a member that is there twice the last one counts, and is checked") {
    std::string text = changed([](json::object&, json::object&) {});
    text.pop_back();
    CHECK(failure_of_text(text + ",\"pid\":-1}").find("/pid: ") == 0);
}

TEST_CASE("status document: nesting has a limit") {
    std::string deep = changed([](json::object&, json::object&) {});
    deep.pop_back();
    const std::string open(40, '[');
    const std::string close(40, ']');
    CHECK_FALSE(parse_status(deep + ",\"later\":" + open + close + "}"));
}

TEST_CASE("status document: past 64 MiB nothing is even looked at") {
    const auto parsed = parse_status(std::string(status_limit + 1, ' '));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().errno_value() == EFBIG);
}

TEST_CASE("status document: failures, what is waited for, and a changed config come back from the text") {
    auto document = a_document();
    document.head.config_changed = true;
    document.head.changed_files = {"talos.json", "/etc/app.env"};
    auto worker = a_worker();
    worker.failures = 3;
    worker.failures_last_hour = 12;
    worker.waiting_for = {"db", "cache"};
    document.workers = {worker};
    const auto again = parse_status(json::serialize(to_json(document, DocumentOf::file)));
    REQUIRE(again);
    CHECK(*again == document);
    document.head.config_changed.reset();
    document.head.changed_files.clear();
    document.workers = {a_worker()};
    const auto plain = json::serialize(to_json(document, DocumentOf::file));
    for (const auto* absent : {"failures", "waitingFor", "configChanged", "changedFiles"})
        CHECK(plain.find(absent) == std::string::npos);
}

TEST_CASE("status document: paused, disabled, reloading, an old config and what is used are told, and absent otherwise") {
    StatusDocument document;
    document.head.identity = {4242, 1, "boot", 1};
    document.head.run = "r";
    WorkerStatus worker;
    worker.name = "web";
    const auto plain = boost::json::serialize(to_json(worker));
    for (const char* key : {"paused", "disabled", "reloading", "oldConfig", "usage"}) CHECK(plain.find(key) == std::string::npos);
    worker.paused = worker.disabled = worker.reloading = worker.old_config = true;
    worker.usage = UsageStatus{3, 4096, Millis{250}};
    document.workers.push_back(worker);
    const auto text = boost::json::serialize(to_json(document));
    CHECK(text.find(R"("usage":{"processes":3,"memory":4096,"cpu":250})") != std::string::npos);
    const auto read = parse_status(text, DocumentOf::api);
    INFO((read ? "" : read.error().what));
    REQUIRE(read);
    CHECK(read->workers == document.workers);
}
