#include "cli/session/event.hpp"
#include "support/catch.hpp"
#include <csignal>
#include <cstdlib>
#include <ctime>

using namespace talos;
using namespace talos::cli;

namespace {

void use_utc() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
}

std::string text_of(const char* line) {
    use_utc();
    const auto event = parse_event(line);
    REQUIRE(event.has_value());
    return event_text(*event, 5, false);
}

}   // namespace

TEST_CASE("event: an exit shows how, after how long, and where it led") {
    CHECK(
        text_of(
            R"({"sequence":7,"at":1769646670123,"worker":"web","from":"running","to":"backoff","cause":"exit","pid":4243,)"
            R"("exit":{"signal":"SIGSEGV","coreDumped":true,"at":1769646670120,"uptime":86400000},"usage":{"userMs":1,"systemMs":2,"maxRssKiB":2048}})") ==
        "2026-01-29 00:31:10.123  web    running → backoff  ended by SIGSEGV (core dumped) after 1d (pid 4243)\n");
}

TEST_CASE("event: exit code and reason") {
    CHECK(text_of(R"({"sequence":8,"at":1769646670000,"worker":"db","from":"starting","to":"fatal","cause":"exit",)"
                  R"("exit":{"code":3,"at":1769646670000,"uptime":20},"reason":"failed 3 times within 1m"})") ==
          "2026-01-29 00:31:10.000  db     starting → fatal  exit code 3 after 20ms; failed 3 times within 1m\n");
}

TEST_CASE("event: talosd's own begin and end") {
    CHECK(text_of(R"({"sequence":1,"at":1769646670000,"to":"starting","cause":"start","pid":42})") ==
          "2026-01-29 00:31:10.000  talosd  starting  start (pid 42)\n");
    CHECK(text_of(R"({"sequence":9,"at":1769646670000,"from":"stopping","cause":"stop"})") ==
          "2026-01-29 00:31:10.000  talosd  stopping → exited  stop\n");
}

TEST_CASE("event: lost events are told") {
    CHECK(text_of(R"({"sequence":9,"at":1769646670000,"cause":"lost","first":5,"last":9})") ==
          "2026-01-29 00:31:10.000  talosd  events 5 to 9 could not be written and are lost\n");
}

TEST_CASE("event: a reason cannot break out of its line") {
    CHECK(
        text_of(
            R"({"at":1769646670000,"worker":"web","from":"starting","to":"backoff","cause":"spawn-error","reason":"a\nb\u001b[2J"})") ==
        "2026-01-29 00:31:10.000  web    starting → backoff  start failed; ab\n");
}

TEST_CASE("event: what is no event is none, odd members are ignored") {
    for (const char* line : {"", "{", "[]", "7", "{\"a\":}"}) CHECK_FALSE(parse_event(line).has_value());
    const auto event = parse_event(R"({"sequence":"x","worker":7,"exit":[],"more":true})");
    REQUIRE(event.has_value());
    CHECK(event->sequence == 0);
    CHECK(event->worker.empty());
    CHECK_FALSE(event->exit.has_value());
}

TEST_CASE("event: usage is read along with the exit") {
    const auto event = parse_event(R"({"exit":{"signal":"SIGTERM","at":5,"uptime":7},"usage":{"maxRssKiB":2048}})");
    REQUIRE(event->exit.has_value());
    CHECK(event->exit->status.signal == SIGTERM);
    CHECK(event->exit->status.usage.max_rss_kib == 2048);
    CHECK(event->exit->uptime == Millis{7});
}

TEST_CASE("event: a command names who gave it, one that changed nothing shows no transition") {
    const auto stop = parse_event(R"({"sequence":5,"at":1,"worker":"web","from":"running","to":"stopping","cause":"stop",)"
                                  R"("by":{"uid":0,"pid":77,"program":"talosctl"}})");
    REQUIRE(stop.has_value());
    REQUIRE(stop->by.has_value());
    CHECK(event_text(*stop, 3, false).find("running → stopping  stop, by talosctl (pid 77, uid 0 root)\n") != std::string::npos);
    const auto nothing = parse_event(R"({"sequence":6,"at":1,"worker":"web","cause":"start","by":{"uid":4294967290,"pid":78}})");
    REQUIRE(nothing.has_value());
    const auto text = event_text(*nothing, 3, false);
    CHECK(text.find("no change  start, by unknown program (pid 78, uid 4294967290)\n") != std::string::npos);
    CHECK(text.find("removed") == std::string::npos);
    const auto reload =
        parse_event(R"({"sequence":7,"at":1,"cause":"reload","by":{"uid":0,"pid":79,"program":"curl"},"reason":"2 changed"})");
    CHECK(event_text(*reload, 6, false).find("talosd  reload, by curl (pid 79, uid 0 root); 2 changed\n") != std::string::npos);
}

TEST_CASE("event: a change of health that changed no state") {
    CHECK(text_of(R"({"sequence":5,"at":1,"worker":"web","cause":"healthy","pid":77})").find("web    healthy  (pid 77)\n") !=
          std::string::npos);
    CHECK(
        text_of(
            R"({"sequence":6,"at":1,"worker":"web","cause":"unhealthy","pid":77,"reason":"tcp 127.0.0.1:80: no answer within 5s"})")
            .find("web    unhealthy  (pid 77); tcp 127.0.0.1:80: no answer within 5s\n") != std::string::npos);
    CHECK(
        text_of(
            R"({"sequence":7,"at":1,"worker":"web","from":"running","to":"stopping","cause":"unhealthy","reason":"unhealthy: x"})")
            .find("running → stopping  unhealthy; unhealthy: x\n") != std::string::npos);
}

TEST_CASE("event: the kind of its reason, where the line says it") {
    const auto event = parse_event(
        R"({"sequence":5,"at":1,"worker":"web","from":"stopping","to":"backoff","cause":"exit","reason":"unhealthy: x","reasonCode":"unhealthy"})");
    CHECK(event->reason_code == state::ReasonCode::unhealthy);
    CHECK(event_text(*event, 6, false).find("unhealthy: x\n") != std::string::npos);
    CHECK_FALSE(parse_event(R"({"sequence":5,"at":1,"worker":"web","cause":"exit","reason":"unhealthy: x"})")->reason_code);
}

TEST_CASE("event: an unexpected exit carries the last lines") {
    const auto event = parse_event(
        R"({"sequence":5,"at":1,"worker":"web","from":"running","to":"backoff","cause":"exit","tail":["one","two",3]})");
    REQUIRE(event.has_value());
    CHECK(event->tail == std::vector<std::string>{"one", "two"});
}

TEST_CASE("event: the PID of a restart in the same moment is the new process's") {
    const auto event =
        parse_event(R"({"sequence":5,"at":1,"worker":"web","from":"running","to":"starting","cause":"exit","pid":9,)"
                    R"("exit":{"code":1,"at":1,"uptime":12000}})");
    REQUIRE(event.has_value());
    CHECK(event_text(*event, 3, false).find("exit code 1 after 12s; started again (pid 9)\n") != std::string::npos);
}
