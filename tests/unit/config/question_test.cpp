// Questions that a worker's config asks of it: ready, health.
#include "config/use/show.hpp"
#include "one_worker.hpp"

using namespace talos;
using namespace talos::config;
using namespace std::chrono_literals;

TEST_CASE("config: ready is one question, said which when it is none or two, and an expression is one that can be used") {
    const auto ready = [](const std::string& members) { return error_of(web_with(R"("ready": {)" + members + "}")); };
    CHECK(ready("").ends_with("/ready: needs exactly one of \"notify\", \"fd\", \"tcp\", \"http\", \"exec\" and \"log\""));
    CHECK(ready(R"("notify": true, "log": "up")")
              .ends_with("needs exactly one of \"notify\", \"fd\", \"tcp\", \"http\", \"exec\" and \"log\""));
    CHECK(ready(R"("fd": 4)").ends_with("/ready/fd: expected 3, the only descriptor that a worker is given, found 4"));
    CHECK(ready(R"("log": "(")").find("/ready/log: not a regular expression: ") != std::string::npos);
    CHECK(
        ready(R"x("log": "up(?=!)")x")
            .ends_with("/ready/log: the regular expression has \"(?=\" at byte 3: look-ahead and look-behind are not supported"));
    CHECK(ready(R"x("log": "(a{1000}){1000}")x").find("/ready/log: not a regular expression: invalid repetition") !=
          std::string::npos);
    CHECK(ready(R"("tcp": "db")")
              .ends_with("/ready/tcp: expected an address or a host name, and a port, like \"127.0.0.1:80\", \"[::1]:80\" or "
                         "\"db.internal:80\", found \"db\""));
    CHECK(ready(R"("http": "https://localhost/")")
              .find("/ready/http: expected a URL with \"http://\": TLS is not supported; for a probe by https use \"exec\" with "
                    "curl") != std::string::npos);
    CHECK(ready(R"("tcp": "localhost:80", "status": 200)").ends_with("/ready/status: is only for \"http\""));
    CHECK(ready(R"("notify": true, "interval": "1s")").ends_with("/ready/interval: is only for \"tcp\", \"http\" and \"exec\""));
    CHECK(ready(R"("http": "http://localhost/", "status": 600)")
              .ends_with(
                  "expected the status of an answer, from 100 to 599, a range like \"200-399\", or an array of both, found 600"));
    CHECK(worker_of(web_with(R"("ready": {"exec": "pg_isready -q"})")).ready.get()->probe.command ==
          std::vector<std::string>{"pg_isready", "-q"});
    const auto web = worker_of(web_with(R"("ready": {"log": "up|running", "timeout": "5s"})"));
    REQUIRE(web.ready.get() != nullptr);
    CHECK(web.ready.get()->pattern == "up|running");
    CHECK(web.ready.get()->timeout == 5s);
    CHECK(worker_of(web_with("\"cwd\": \"/\"")).ready.get() == nullptr);
}

TEST_CASE("config: health is one question, and keys of another are said to be for that") {
    const auto health = [](const std::string& members) { return error_of(web_with(R"("health": {)" + members + "}")); };
    const std::string tcp = R"("tcp": "127.0.0.1:80")";
    constexpr const char* questions = "/health: needs exactly one of \"tcp\", \"http\", \"exec\" and \"watchdog\"";
    CHECK(health("").ends_with(questions));
    CHECK(health(tcp + R"(, "watchdog": true)").ends_with(questions));
    CHECK(health(tcp + R"(, "status": 200)").ends_with("/health/status: is only for \"http\""));
    CHECK(health(tcp + R"(, "headers": {})").ends_with("/health/headers: is only for \"http\""));
    CHECK(health(R"("watchdog": true, "failures": 2)").ends_with("/health/failures: is only for \"tcp\", \"http\" and \"exec\""));
    CHECK(health(R"("watchdog": "10s")").ends_with("/health/watchdog: expected true, found \"10s\""));
    CHECK(health(tcp + R"(, "failures": 0)").ends_with("/health/failures: expected a whole number from 1 to 1000000, found 0"));
    CHECK(health(tcp + R"(, "action": "restrat")").find("/health/action: expected \"restart\" or \"mark\"") != std::string::npos);
    CHECK(health(tcp + R"(, "intervall": "1s")").ends_with("/health/intervall: unknown key; did you mean \"interval\"?"));
    const auto web = worker_of(web_with(R"("health": {"exec": "test -e ok", "failures": 5, "grace": "1m", "action": "mark"})"));
    REQUIRE(web.health.get() != nullptr);
    CHECK(web.health.get()->probe.command == std::vector<std::string>{"test", "-e", "ok"});
    CHECK(web.health.get()->failures == 5);
    CHECK(web.health.get()->grace == 60s);
    CHECK(web.health.get()->action == HealthSpec::Action::mark);
    CHECK(worker_of(web_with("\"cwd\": \"/\"")).health.get() == nullptr);
}

TEST_CASE("config: headers of a probe have names that are tokens, values on one line, and each name once") {
    const auto headers = [](const std::string& members) {
        return error_of(web_with(R"("ready": {"http": "http://localhost/", "headers": {)" + members + "}}"));
    };
    CHECK(headers(R"("X Y": "a")").find("expected the name of a header like \"Host\", found \"X Y\"") != std::string::npos);
    CHECK(
        headers(R"("A": "b\r\nC: d")").ends_with("/headers/A: a header's value must not have control characters or line breaks"));
    CHECK(headers(R"("Host": "a", "host": "b")").ends_with("/headers/host: the header \"Host\" is given already"));
    CHECK(headers(R"("Host": "a", "Host": "b")").find("duplicate") != std::string::npos);
    CHECK(headers(R"("Host": 1)").find("/headers/Host: expected a string") != std::string::npos);
}

TEST_CASE("show: what the headers of a probe say is masked, as what is in env") {
    const auto parsed =
        parse(web_with(R"("health": {"http": "http://localhost/", "headers": {"Authorization": "Bearer secret"}})"),
              "/srv/app/talos.json");
    REQUIRE(parsed.errors.empty());
    CHECK(show(parsed.config, Values::masked).find("secret") == std::string::npos);
    CHECK(show(parsed.config, Values::masked).find(R"("Authorization": "***")") != std::string::npos);
    CHECK(show(parsed.config, Values::shown).find("Bearer secret") != std::string::npos);
}
