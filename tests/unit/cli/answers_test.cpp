#include "cli/session/answers.hpp"
#include "cli/session/command.hpp"
#include "cli/session/event_stream.hpp"
#include "cli/session/progress.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::cli;

namespace {

http::Response answer(unsigned status, const std::string& body) { return {status, "application/json", body}; }

WorkerResult result(const std::string& text) {
    const auto object = parse_object(text);
    REQUIRE(object.has_value());
    auto parsed = parse_result(*object);
    REQUIRE(parsed.has_value());
    return *parsed;
}

std::string plan(const std::string& text) {
    const auto object = parse_object(text);
    REQUIRE(object.has_value());
    return plan_text(*object);
}

}   // namespace

TEST_CASE("answers: a refusal becomes its sentence and an exit code") {
    const auto nobody = parse_problem(
        answer(404, R"({"status":404,"detail":"no worker \"wbe\"; did you mean \"web\"?","code":"unknown-worker"})"));
    CHECK(nobody.exit == 5);
    CHECK(nobody.detail == "no worker \"wbe\"; did you mean \"web\"?");
    CHECK(
        parse_problem(answer(403, R"({"title":"Forbidden","detail":"uid 12 may not control web","code":"not-allowed"})")).exit ==
        4);
    CHECK(parse_problem(answer(409, R"({"detail":"talosd is stopping","code":"stopping"})")).exit == 1);
    const auto invalid = parse_problem(
        answer(422, R"({"detail":"the config has errors","code":"invalid-config","errors":["a:1:2: x","a:3:4: y"]})"));
    CHECK(invalid.exit == 1);
    CHECK(invalid.errors == std::vector<std::string>{"a:1:2: x", "a:3:4: y"});
}

TEST_CASE("answers: warnings about the config are a line each") {
    CHECK(warnings_text(*parse_object(R"({"warnings":["a:1:2: warning: x","b"]})")) == "a:1:2: warning: x\nb\n");
    CHECK(warnings_text(*parse_object("{}")).empty());
}

TEST_CASE("answers: what is no problem document still says something") {
    CHECK(parse_problem(answer(502, "<html>")).detail == "talosd answered with HTTP status 502");
    CHECK(parse_problem(answer(500, R"({"title":"Internal Server Error"})")).detail == "Internal Server Error");
    CHECK(parse_problem(answer(500, R"({"detail":17})")).exit == 1);
}

TEST_CASE("answers: how a worker stands is told once") {
    CHECK(state_text(result(R"({"worker":"web","outcome":"reached","state":"running","pid":4711})")) == "running, pid 4711");
    CHECK(state_text(result(R"({"worker":"web","outcome":"reached","state":"stopped"})")) == "stopped");
    CHECK(state_text(result(R"({"worker":"web","outcome":"pending","state":"stopping","reason":"stopping, SIGKILL in 12 s"})")) ==
          "stopping, SIGKILL in 12 s");
    CHECK(state_text(result(R"({"worker":"web","outcome":"failed","state":"backoff","reason":"exit code 1"})")) ==
          "backoff, exit code 1");
}

TEST_CASE("answers: a line is a worker's result or the document at the end, and nothing else") {
    CHECK_FALSE(parse_result(*parse_object(R"({"worker":"web"})")).has_value());
    CHECK_FALSE(parse_result(*parse_object(R"({"worker":"web","outcome":"perhaps"})")).has_value());
    CHECK_FALSE(parse_answer(*parse_object(R"({"worker":"web","outcome":"reached"})")).has_value());
    CHECK_FALSE(parse_object("[]").has_value());
    CHECK_FALSE(parse_object("{").has_value());
    const auto whole = parse_answer(*parse_object(
        R"({"reached":false,"results":[{"worker":"a","outcome":"reached","state":"running"},{"worker":"b","outcome":"failed","state":"fatal"}]})"));
    REQUIRE(whole.has_value());
    CHECK_FALSE(whole->reached);
    REQUIRE(whole->results.size() == 2);
    CHECK(whole->results[1].what == WorkerResult::What::failed);
}

TEST_CASE("answers: a reload's plan in plain lines") {
    CHECK(plan(R"({"dryRun":true,"unchanged":3,"daemon":[],"workers":[]})") == "no changes; 3 workers\n");
    CHECK(plan(R"({"dryRun":true,"unchanged":1,"daemon":[{"key":"access","effect":"live"}],"workers":[
               {"worker":"web","change":"changed","keys":[{"key":"command","effect":"restart"},{"key":"restart.delay","effect":"live"}],"restart":true},
               {"worker":"new","change":"added","keys":[]},{"worker":"old","change":"removed","keys":[]}]})") ==
          "~ web: command (restart), restart.delay (live)\n+ new\n- old\n~ talosd: access (live)\nunchanged: 1 worker\n");
}

TEST_CASE("answers: with values each key of a plan has a line, and of variables the names alone") {
    CHECK(plan(R"({"dryRun":true,"unchanged":0,"daemon":[{"key":"dataDir","effect":"restart","after":"/data"}],"workers":[
               {"worker":"web","change":"changed","restart":true,"keys":[{"key":"command","effect":"restart","before":["sleep","1"],"after":["sleep","2"]},
               {"key":"env","effect":"restart","added":["NEW"],"removed":["A","B"],"changed":["PORT"]},
               {"key":"health","effect":"live","before":{"interval":"***"},"after":{"interval":"***"}},{"key":"user","effect":"restart","before":"web"}]}]})") ==
          "~ web\n"
          "    command (restart): [\"sleep\",\"1\"] → [\"sleep\",\"2\"]\n"
          "    env (restart): PORT changed; NEW added; A, B removed\n"
          "    health (live): only masked values differ\n"
          "    user (restart): \"web\" → not set\n"
          "~ talosd\n"
          "    dataDir (restart): not set → \"/data\"\n"
          "unchanged: 0 workers\n");
    const auto longest = plan(R"({"dryRun":true,"unchanged":0,"daemon":[],"workers":[{"worker":"web","change":"changed","keys":[
               {"key":"command","effect":"restart","before":")" +
                              std::string(5000, 'x') + R"(","after":"y"}]}]})");
    CHECK(longest.size() < 300);
}

TEST_CASE("answers: how many instances there are and were, a line each") {
    CHECK(
        scale_text(*parse_object(R"({"groups":[{"group":"web","before":2,"instances":4},{"group":"api","before":3,"instances":1},
               {"group":"db","before":0,"instances":0}],"results":[]})")) ==
        "web: 4 instances, 2 before, until the next reload or restart of talosd\napi: 1 instance, 3 before, until the next "
        "reload "
        "or restart of talosd\n"
        "db: 0 instances, unchanged\n");
    CHECK(scale_text(*parse_object("{}")).empty());
    const auto lasting = [](const std::string& group) {
        return scale_text(*parse_object(R"({"groups":[{"group":"web",)" + group + "}]}"));
    };
    CHECK(lasting(R"("before":2,"instances":4,"configured":2)") ==
          "web: 4 instances, 2 before, until the next reload or restart of talosd\n");
    CHECK(lasting(R"("before":4,"instances":4,"configured":2)") ==
          "web: 4 instances, unchanged, until the next reload or restart of talosd\n");
    CHECK(lasting(R"("before":4,"instances":2,"configured":2)") == "web: 2 instances, 4 before, as in the config\n");
    CHECK(lasting(R"("before":2,"instances":4,"configured":2,"saved":4)") ==
          "web: 4 instances, 2 before, saved until `talosctl scale web=config`\n");
    CHECK(lasting(R"("before":4,"instances":6,"configured":2,"saved":4)") ==
          "web: 6 instances, 4 before, until the next reload or restart of talosd, which restores the saved 4\n");
}

TEST_CASE("answers: words become one part of a path") {
    CHECK(names_in_path({"web", "db*"}) == "web,db*");
    CHECK(names_in_path({"a/b?c", "w[!1]", "ü"}) == "a%2Fb%3Fc,w%5B%211%5D,%C3%BC");
}

TEST_CASE("progress: who is waited for, how many are done, never wider than the terminal") {
    std::map<std::string, WorkerResult> results;
    const auto set = [&](const std::string& text) {
        auto one = result(text);
        results.insert_or_assign(one.worker, one);
    };
    set(R"({"worker":"web","outcome":"pending","state":"stopping","reason":"stopping, SIGKILL in 12 s"})");
    CHECK(progress_line(results, 80) == "web: stopping, SIGKILL in 12 s");
    set(R"({"worker":"db","outcome":"reached","state":"stopped"})");
    CHECK(progress_line(results, 80) == "1 of 2 done; web: stopping, SIGKILL in 12 s");
    CHECK(progress_line(results, 10) == "1 of 2 do…");
    set(R"({"worker":"web","outcome":"reached","state":"stopped"})");
    CHECK(progress_line(results, 80).empty());
}

TEST_CASE("a wait is as long as the plans of those who are waited for, and at least 30 s") {
    state::StatusDocument document;
    document.workers.resize(2);
    document.workers[0].stop = {{SIGTERM, Millis{120'000}}};
    document.workers[1].stop = {{SIGTERM, Millis{1'000}}};
    document.workers[0].state = document.workers[1].state = worker::State::running;
    const std::size_t both[] = {0, 1};
    const std::size_t second[] = {1};
    CHECK(patience_with(document, both, "stop") == Millis{125'000});
    CHECK(patience_with(document, both, "restart") == Millis{150'000});
    CHECK(patience_with(document, both, "start") == Millis{30'000});
    CHECK(patience_with(document, second, "stop") == Millis{30'000});
    document.workers[0].state = worker::State::stopping;
    CHECK(patience_with(document, both, "start") == Millis{150'000});
}

TEST_CASE("server-sent events: data, comments and named events are told apart") {
    CHECK(parse_sent_line("data: {\"a\":1}").what == SentLine::What::data);
    CHECK(parse_sent_line("data: {\"a\":1}").text == "{\"a\":1}");
    CHECK(parse_sent_line("data:x").text == "x");
    CHECK(parse_sent_line("event: dropped").text == "dropped");
    CHECK(parse_sent_line(": events 1 to 4 are no longer kept").what == SentLine::What::comment);
    CHECK(parse_sent_line("id: 4").what == SentLine::What::other);
    CHECK(parse_sent_line("").what == SentLine::What::other);
}
