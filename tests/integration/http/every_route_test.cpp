#include "http/routes/route.hpp"
#include "stranger.hpp"
#include <map>

// Each route of the table, whatever is added to it, by users that may not use it.
namespace talos::http::test {

namespace {

struct Request {
    std::string method;
    std::string path;   ///< as the table has it
    [[nodiscard]] std::string text() const {
        static const std::map<std::string, std::string> needed{{"/v1/workers/*/scale", "?instances=1"},
                                                               {"/v1/workers/*/signal", "?signal=HUP"}};
        auto target = path;
        if (const auto star = target.find('*'); star != std::string::npos) target.replace(star, 1, "web");
        const auto query = needed.find(path);
        return method + " " + target + (query == needed.end() ? "" : query->second);
    }
    [[nodiscard]] bool needs_nothing() const { return path == "/livez" || path == "/readyz"; }
    /// The config has other users' values, so that reading it takes control.
    [[nodiscard]] bool needs_control() const { return method == "POST" || path == "/v1/config"; }
};

std::vector<Request> requests() {
    std::vector<Request> all;
    for (const auto& [method, path] : all_routes()) all.push_back({std::string(method), std::string(path)});
    return all;
}

/// The status for each of them, and what the service was asked to do.
struct Answers {
    std::vector<std::pair<Request, Reply>> replies;
    std::vector<std::string> asked;
};

Answers answers_with(const std::vector<config::AccessRule>& rules) {
    Answers answers;
    RunningServer server({}, 0666);
    REQUIRE(::chmod(server.directory.path().c_str(), 0711) == 0);
    server.with_service([](FakeService& service) {
        service.add("web-1", worker::State::running).status.group = "web";
        service.known_groups.push_back({"web", 1, 1});
        service.output("web-1", "hello\n");
        service.event("web-1");
    });
    let(server, rules);
    for (auto& request : requests()) {
        auto reply = as_stranger(server.path, {request.text()}).front();
        answers.replies.emplace_back(std::move(request), std::move(reply));
    }
    server.with_service([&](FakeService& service) { answers.asked = service.asked; });
    return answers;
}

void check_refused(const Reply& reply) {
    CHECK(reply.status == 403);
    CHECK(contains(reply.body, "\"code\":\"not-allowed\""));
}

}   // namespace

TEST_CASE("every route: refused to a user without rights, but for the one that asks whether talosd lives and the one whether it "
          "is ready") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    const auto answers = answers_with({});
    REQUIRE(answers.replies.size() > 20);
    for (const auto& [request, reply] : answers.replies) {
        CAPTURE(request.text(), reply.body);
        if (request.needs_nothing()) CHECK(reply.status == 200);
        else check_refused(reply);
    }
    CHECK(answers.asked.empty());
}

TEST_CASE("every route: what changes something is refused to a user that may read, and does nothing") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    const auto answers = answers_with({rule(config::AccessRule::May::read, "*")});
    for (const auto& [request, reply] : answers.replies) {
        CAPTURE(request.text(), reply.body);
        if (request.needs_control()) check_refused(reply);
        else CHECK(reply.status == 200);
    }
    CHECK(answers.asked.empty());
}

TEST_CASE("every route: none is refused to a user that may control all workers") {
    if (!can_be_somebody_else()) TALOS_SKIP("needs root");
    const auto answers = answers_with({rule(config::AccessRule::May::control, "*")});
    std::size_t commands = 0;
    for (const auto& [request, reply] : answers.replies) {
        CAPTURE(request.text(), reply.body);
        CHECK(reply.status < 300);
        commands += request.method == "POST";
    }
    CHECK(answers.asked.size() == commands);
}

}   // namespace talos::http::test
