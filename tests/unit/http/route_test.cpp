#include "http/routes/route.hpp"
#include "support/catch.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>

using namespace talos;
using namespace talos::http;
using namespace talos::api;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

namespace {

std::variant<Command, Problem> routed(std::string method, std::string target, std::string accept = {},
                                      std::string last_event_id = {}) {
    return route({std::move(method), std::move(target), std::move(accept), std::move(last_event_id)});
}

template <class Wanted>
Wanted command_of(const std::string& method, const std::string& target, const std::string& accept = {},
                  const std::string& last_id = {}) {
    const auto answer = routed(method, target, accept, last_id);
    CAPTURE(method, target);
    if (const auto* problem = std::get_if<Problem>(&answer)) FAIL(problem->detail);
    REQUIRE(std::holds_alternative<Wanted>(std::get<Command>(answer)));
    return std::get<Wanted>(std::get<Command>(answer));
}

Problem problem_of(const std::string& method, const std::string& target, const std::string& last_id = {}) {
    const auto answer = routed(method, target, {}, last_id);
    CAPTURE(method, target);
    REQUIRE(std::holds_alternative<Problem>(answer));
    return std::get<Problem>(answer);
}

std::string bad_parameter(const std::string& method, const std::string& target) {
    const auto problem = problem_of(method, target);
    CHECK(problem.status == 400);
    CHECK(problem.code == "bad-parameter");
    return problem.detail;
}

}   // namespace

TEST_CASE("route: plain questions, HEAD like GET") {
    command_of<command::Status>("GET", "/v1/status");
    command_of<command::Status>("HEAD", "/v1/status?");
    command_of<command::Live>("GET", "/livez");
    command_of<command::Ready>("HEAD", "/readyz");
    command_of<command::Metrics>("GET", "/metrics");
    const auto all = command_of<command::Workers>("GET", "/v1/workers");
    CHECK(all.words.empty());
    CHECK(!all.one);
}

TEST_CASE("route: names are separated by commas, then decoded") {
    CHECK(command_of<command::Workers>("GET", "/v1/workers/web,queue-*,all").words == Words{"web", "queue-*", "all"});
    CHECK(command_of<command::Workers>("GET", "/v1/workers/web%2A,a%2Fb,c%2cd,%C3%A4").words ==
          Words{"web*", "a/b", "c,d", "\xC3\xA4"});
    CHECK(command_of<command::Workers>("GET", "/v1/workers/a+b").words == Words{"a+b"});
}

TEST_CASE("route: one row only for one plain name") {
    CHECK(command_of<command::Workers>("GET", "/v1/workers/web").one);
    for (const std::string names : {"web,queue", "web*", "w%3Fb", "[ab]", "all"})
        CHECK(!command_of<command::Workers>("GET", "/v1/workers/" + names).one);
}

TEST_CASE("route: commands on workers") {
    const auto start = command_of<command::Ask>("POST", "/v1/workers/web/start");
    CHECK(start.verb == Verb::start);
    CHECK(start.words == Words{"web"});
    CHECK(!start.wait);
    CHECK(!start.stream);
    CHECK(command_of<command::Ask>("POST", "/v1/workers/web/stop?wait=0s").wait == 0ms);
    const auto restart = command_of<command::Ask>("POST", "/v1/workers/web,db/restart?wait=1m30s");
    CHECK(restart.verb == Verb::restart);
    CHECK(restart.wait == 90s);
    CHECK(command_of<command::Ask>("POST", "/v1/workers/web/stop?wait=24h").wait == 24h);
}

TEST_CASE("route: so many instances of each, or as many of all") {
    const auto one = command_of<command::Scale>("POST", "/v1/workers/web/scale?instances=4");
    REQUIRE(one.requests.size() == 1);
    CHECK(one.requests[0].group == "web");
    CHECK(one.requests[0].count == 4);
    CHECK(!one.wait);
    const auto two =
        command_of<command::Scale>("POST", "/v1/workers/web,api/scale?instances=0,1000&wait=5s", "application/x-ndjson");
    REQUIRE(two.requests.size() == 2);
    CHECK(two.requests[0].count == 0);
    CHECK(two.requests[1].group == "api");
    CHECK(two.requests[1].count == 1000);
    CHECK(two.wait == 5s);
    CHECK(two.stream);
    CHECK(command_of<command::Scale>("POST", "/v1/workers/web,api/scale?instances=3").requests[1].count == 3);
    CHECK_FALSE(two.requests[0].save);
    const auto saved = command_of<command::Scale>("POST", "/v1/workers/web,api/scale?instances=4&save").requests;
    CHECK(saved[0].save);
    CHECK(saved[1].save);
    const auto back = command_of<command::Scale>("POST", "/v1/workers/web,api/scale?instances=config,2").requests;
    CHECK_FALSE(back[0].count);
    CHECK(back[1].count == 2);
    CHECK(bad_parameter("POST", "/v1/workers/web/scale?instances=config&save") ==
          "save: \"config\" is not a number and cannot be saved");
    CHECK(bad_parameter("POST", "/v1/workers/web/scale").find("\"instances\" is missing") != std::string::npos);
    CHECK(bad_parameter("POST", "/v1/workers/a,b,c/scale?instances=1,2") ==
          "instances: expected one number, or one for each name: 3");
    CHECK(bad_parameter("POST", "/v1/workers/web,web/scale?instances=1") == "\"web\" occurs more than once");
    for (const std::string number : {"", "-1", "1001", "x", "1.0", "1,", ",1", "99999999999999999999"})
        CHECK(bad_parameter("POST", "/v1/workers/web,api/scale?instances=" + number).starts_with("instances: expected"));
}

TEST_CASE("route: results are streamed to whoever waits and asks for it") {
    const auto streams = [](const std::string& accept, const std::string& query) {
        return command_of<command::Ask>("POST", "/v1/workers/web/start" + query, accept).stream;
    };
    CHECK(streams("application/x-ndjson", "?wait=1s"));
    CHECK(streams("text/html, Application/X-NDJSON;q=0.5 , */*", "?wait=1s"));
    CHECK(!streams("application/x-ndjson", ""));
    CHECK(!streams("application/x-ndjson;q=0", "?wait=1s"));
    CHECK(!streams("application/x-ndjson ; q=0.00", "?wait=1s"));
    CHECK(!streams("*/*", "?wait=1s"));
    CHECK(!streams("application/json", "?wait=1s"));
    CHECK(!streams("", "?wait=1s"));
    CHECK(command_of<command::Reload>("POST", "/v1/reload?wait=1s", "application/x-ndjson").stream);
}

TEST_CASE("route: a signal, by name or number, a plus sign as it is") {
    for (const auto operation : {Operation::reset, Operation::pause, Operation::resume, Operation::rotate, Operation::enable}) {
        const auto act = command_of<command::Act>("POST", "/v1/workers/web,db*/" + std::string(to_text(operation)));
        CHECK(act.operation == operation);
        CHECK(act.words == std::vector<std::string>{"web", "db*"});
    }
    CHECK(command_of<command::Ask>("POST", "/v1/workers/web/disable?wait=5s").verb == Verb::disable);
    CHECK(command_of<command::Ask>("POST", "/v1/workers/web/reload").verb == Verb::reload);
    CHECK(command_of<command::Status>("GET", "/v1/status?usage").usage);
    CHECK_FALSE(command_of<command::Status>("GET", "/v1/status").usage);
    CHECK(command_of<command::Signal>("POST", "/v1/workers/web/signal?signal=SIGHUP").number == SIGHUP);
    CHECK(command_of<command::Signal>("POST", "/v1/workers/web/signal?signal=usr1").number == SIGUSR1);
    CHECK(command_of<command::Signal>("POST", "/v1/workers/web/signal?signal=9").number == 9);
    CHECK(command_of<command::Signal>("POST", "/v1/workers/web/signal?signal=SIGRTMIN+3").number == SIGRTMIN + 3);
    CHECK(command_of<command::Signal>("POST", "/v1/workers/web/signal?signal=SIGRTMIN%2B3").number == SIGRTMIN + 3);
    CHECK(bad_parameter("POST", "/v1/workers/web/signal").find("missing") != std::string::npos);
    for (const std::string signal : {"", "0", "SIGFOO", "65", "-1"})
        bad_parameter("POST", "/v1/workers/web/signal?signal=" + signal);
}

TEST_CASE("route: logs, the last 50 lines unless a number says otherwise") {
    const auto logs = command_of<command::Logs>("GET", "/v1/workers/web/logs");
    CHECK(logs.words == std::vector<std::string>{"web"});
    CHECK(logs.one);
    REQUIRE(logs.ranges.size() == 1);
    CHECK(logs.ranges[0].lines == 50u);
    CHECK(!logs.ranges[0].since);
    CHECK(!logs.ranges[0].until);
    CHECK(!logs.follow);
    const auto followed = command_of<command::Logs>("GET", "/v1/workers/web/logs?lines=100000&follow");
    CHECK(followed.ranges.at(0).lines == 100'000u);
    CHECK(followed.follow);
    CHECK(command_of<command::Logs>("GET", "/v1/workers/web/logs?lines=0").ranges.at(0).lines == 0u);
    for (const auto* lines : {"100001", "-1", "", "1e3", "0x10", "99999999999999999999"})
        bad_parameter("GET", std::string("/v1/workers/web/logs?lines=") + lines);
}

TEST_CASE("route: logs of several workers, with one range for all or one for each") {
    for (const auto* names : {"web*", "web,queue", "all"}) {
        const auto logs = command_of<command::Logs>("GET", std::string("/v1/workers/") + names + "/logs");
        CHECK_FALSE(logs.one);
        CHECK(logs.ranges.size() == 1);
    }
    const auto each = command_of<command::Logs>("GET", "/v1/workers/a,b,c/logs?follow&lines=,7,all&since=1970-01-01T00:00:01Z,,");
    REQUIRE(each.ranges.size() == 3);
    CHECK(each.ranges[0].since == 1'000'000'000);
    CHECK(!each.ranges[0].lines);
    CHECK(!each.ranges[1].since);
    CHECK(each.ranges[1].lines == 7u);
    CHECK(!each.ranges[2].lines);
    CHECK(command_of<command::Logs>("GET", "/v1/workers/a,b/logs?lines=,").ranges.at(1).lines == 50u);
    CHECK(bad_parameter("GET", "/v1/workers/a,b,c/logs?lines=1,2") == "lines: expected one value, or one for each name: 3");
    bad_parameter("GET", "/v1/workers/a,b/logs?since=1970-01-01T00:00:01Z,yesterday");
}

TEST_CASE("route: logs since a time are all of them, unless a number says otherwise") {
    const auto logs = [](const std::string& query) {
        return command_of<command::Logs>("GET", "/v1/workers/web/logs?" + query).ranges.at(0);
    };
    CHECK(logs("since=1970-01-01T00:00:01.5Z").since == 1'500'000'000);
    CHECK(!logs("since=1970-01-01T00:00:01Z").lines);
    CHECK(logs("since=1970-01-01T01:00:00%2B01:00").since == 0);
    CHECK(logs("since=1970-01-01T01:00:00+01:00").since == 0);
    CHECK(logs("since=1970-01-01T00:00:01Z&lines=7").lines == 7u);
    CHECK(!logs("lines=all").lines);
    for (const auto* since : {"", "10m", "yesterday", "1970-01-01", "1970-01-01T00:00:01", "9999-01-01T00:00:00Z"})
        CHECK(bad_parameter("GET", std::string("/v1/workers/web/logs?since=") + since).find("since: expected a time like") == 0);
}

TEST_CASE("route: logs until a time, which nothing that is followed has") {
    const auto logs = [](const std::string& query) {
        return command_of<command::Logs>("GET", "/v1/workers/web/logs?" + query).ranges.at(0);
    };
    CHECK(logs("until=1970-01-01T00:00:01.5Z").until == 1'500'000'000);
    CHECK(logs("until=1970-01-01T00:00:01Z").lines == 50u);
    CHECK(!logs("since=1970-01-01T00:00:01Z&until=1970-01-01T00:00:02Z").lines);
    CHECK(bad_parameter("GET", "/v1/workers/web/logs?until=10m").find("until: expected a time like") == 0);
    bad_parameter("GET", "/v1/workers/web/logs?until=1970-01-01T00:00:01Z&follow");
    bad_parameter("GET", "/v1/workers/web/logs?since=1970-01-01T00:00:01Z&until=1970-01-01T00:00:01Z");
}

TEST_CASE("route: events since a sequence, of the header when the parameter is absent") {
    const auto plain = command_of<command::Events>("GET", "/v1/events");
    CHECK(!plain.since);
    CHECK(!plain.follow);
    CHECK(plain.workers.empty());
    const auto since = command_of<command::Events>("GET", "/v1/events?since=18446744073709551615&follow=1&worker=web%2A");
    CHECK(since.since == 18446744073709551615u);
    CHECK(since.follow);
    CHECK(since.workers == "web*");
    CHECK(command_of<command::Events>("GET", "/v1/events?follow", {}, "17").since == 17u);
    CHECK(command_of<command::Events>("GET", "/v1/events?since=3", {}, "17").since == 3u);
    CHECK(problem_of("GET", "/v1/events", "x").code == "bad-parameter");
    bad_parameter("GET", "/v1/events?worker=");
}

TEST_CASE("route: reload and shutdown") {
    using Roll = ReloadRequest::Roll;
    const auto reload = command_of<command::Reload>("POST", "/v1/reload");
    CHECK(!reload.request.dry_run);
    CHECK(reload.request.roll == Roll::one_by_one);
    CHECK(command_of<command::Ask>("POST", "/v1/workers/web/restart?roll=one").rolling);
    CHECK_FALSE(command_of<command::Ask>("POST", "/v1/workers/web/restart?roll=all&wait=5s").rolling);
    bad_parameter("POST", "/v1/workers/web/restart?roll=two");
    bad_parameter("POST", "/v1/workers/web/start?roll=one");
    CHECK(!reload.wait);
    const auto all = command_of<command::Reload>("POST", "/v1/reload?dryRun&roll=all&wait=60s");
    CHECK(all.request.dry_run);
    CHECK(all.request.roll == Roll::all_at_once);
    CHECK(all.wait == 60s);
    CHECK(command_of<command::Reload>("POST", "/v1/reload?roll=one").request.roll == Roll::one_by_one);
    bad_parameter("POST", "/v1/reload?roll=two");
    bad_parameter("POST", "/v1/reload?roll");
    CHECK(!command_of<command::Shutdown>("POST", "/v1/shutdown").force);
    CHECK(command_of<command::Shutdown>("POST", "/v1/shutdown?force=true").force);
}

TEST_CASE("route: flags") {
    const auto follows = [](const std::string& query) {
        return command_of<command::Events>("GET", "/v1/events?" + query).follow;
    };
    for (const auto* yes : {"follow", "follow=", "follow=1", "follow=true"}) CHECK(follows(yes));
    for (const auto* no : {"", "follow=0", "follow=false"}) CHECK(!follows(no));
    for (const auto* bad : {"follow=yes", "follow=2", "follow=TRUE", "follow=%"})
        bad_parameter("GET", std::string("/v1/events?") + bad);
}

TEST_CASE("route: unknown, repeated and broken parameters are told") {
    CHECK(bad_parameter("POST", "/v1/workers/web/start?wiat=3s") == "unknown parameter \"wiat\"; did you mean \"wait\"?");
    CHECK(bad_parameter("GET", "/v1/workers?verbose") == "unknown parameter \"verbose\"; this path takes no parameters");
    CHECK(bad_parameter("GET", "/v1/events?x=1") == "unknown parameter \"x\"; known parameters: since, follow, worker");
    CHECK(bad_parameter("GET", "/v1/events?since=1&follow&s%69nce=2") == "the parameter \"since\" occurs more than once");
    CHECK(bad_parameter("GET", "/v1/events?since=1x") == "since: expected a whole number, found \"1x\"");
    CHECK(bad_parameter("GET", "/v1/workers/web/logs?lines=100001").find("from 0 to 100000") != std::string::npos);
    CHECK(bad_parameter("POST", "/v1/workers/web/stop?wait=25h").find("at most 1d") != std::string::npos);
    for (const auto* wait : {"", "=", "=30", "=-1s", "=1s1s", "=99999999999999999999s"})
        CHECK(bad_parameter("POST", std::string("/v1/workers/web/stop?wait") + wait).starts_with("wait: expected a duration"));
    bad_parameter("GET", "/v1/events?since=%4");
    bad_parameter("GET", "/livez?%zz");
}

TEST_CASE("route: broken names are told") {
    for (const auto* names : {",", "web,", ",web", "a,,b", "%", "%4", "a%zz"})
        bad_parameter("GET", std::string("/v1/workers/") + names);
    std::string many = "w";
    for (int i = 1; i < 1000; ++i) many += ",w";
    CHECK(command_of<command::Workers>("GET", "/v1/workers/" + many).words.size() == 1000);
    bad_parameter("GET", "/v1/workers/" + many + ",w");
}

TEST_CASE("route: what is not there is not found") {
    for (const auto* path :
         {"/", "//", "/v1", "/v1/", "/v1/status/", "/v2/status", "/v1/workers/", "/v1/workers//start", "/v1/workers/web/",
          "/v1/workers/web/start/", "/v1/workers/web/kill", "/v1/../livez", "/LIVEZ", "/v1%2Fstatus", "/livez%00", "/livez%"}) {
        const auto problem = problem_of("GET", path);
        CHECK(problem.status == 404);
        CHECK(problem.code == "not-found");
    }
    command_of<command::Status>("GET", "/v1/st%61tus");
}

TEST_CASE("route: another method is told which ones there are") {
    const auto post = problem_of("GET", "/v1/workers/web/start");
    CHECK(post.status == 405);
    CHECK(post.code == "method-not-allowed");
    CHECK(post.allow == "POST");
    CHECK(problem_of("HEAD", "/v1/reload").allow == "POST");
    CHECK(problem_of("POST", "/v1/status").allow == "GET, HEAD");
    CHECK(problem_of("get", "/v1/status").status == 405);
    CHECK(problem_of("OPTIONS", "/livez?x").status == 405);
}

TEST_CASE("route: only the origin form of a target") {
    for (const auto* target : {"", "*", "http://localhost/livez", "livez", "?"}) {
        CHECK(problem_of("GET", target).status == 400);
        CHECK(problem_of("GET", target).code == "bad-request");
    }
}

TEST_CASE("problem: a document of RFC 9457") {
    Problem problem;
    problem.status = 404;
    problem.code = "unknown-worker";
    problem.detail = "no worker \"w\xFF\"";
    const auto text = to_json(problem);
    CHECK(text.ends_with("}\n"));
    const auto document = boost::json::parse(text).as_object();
    CHECK(document.at("type") == "about:blank");
    CHECK(document.at("title") == "Not Found");
    CHECK(document.at("status") == 404);
    CHECK(document.at("code") == "unknown-worker");
    CHECK(document.at("detail") == "no worker \"w\xEF\xBF\xBD\"");
    CHECK(!document.contains("errors"));
    problem.errors = {"talos.json:1:1: broken"};
    CHECK(boost::json::parse(to_json(problem)).at("errors").at(0) == "talos.json:1:1: broken");
}
