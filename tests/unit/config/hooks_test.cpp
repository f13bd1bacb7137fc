#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "parsing.hpp"
#include <csignal>

// The keys `kind`, `remainUp` and `hooks`.

using namespace talos::config;
using namespace std::chrono_literals;

namespace {

std::string web_with(const std::string& members) { return R"({"workers": {"web": {"command": ["x"], )" + members + "}}}"; }

WorkerSpec worker_of(const std::string& text) {
    const auto config = config_of(text);
    REQUIRE(config.workers.size() == 1);
    return config.workers.front();
}

std::string keys_of(const std::string& before, const std::string& after) {
    std::string text;
    for (const auto& worker : diff(config_of(web_with(before)), config_of(web_with(after))).workers)
        for (const auto& key : worker.keys) {
            text.append(text.empty() ? "" : " ").append(key.key);
            if (key.effect == Effect::restart) text += '!';
        }
    return text;
}

}   // namespace

TEST_CASE("kind: a service unless it says otherwise, and what only the other kind has is a finding") {
    CHECK(worker_of(web_with(R"("cwd": "/")")).kind == WorkerKind::service);
    const auto lasting = worker_of(web_with(R"("kind": "oneshot", "remainUp": true)"));
    CHECK(lasting.kind == WorkerKind::oneshot);
    CHECK(lasting.remain_up);
    CHECK(error_of(web_with(R"("kind": "onshot")"))
              .ends_with(R"(/kind: expected "service" or "oneshot", found "onshot"; did you mean "oneshot"?)"));
    CHECK(error_of(web_with(R"("remainUp": true)")) ==
          R"(talos.json:1:40: /workers/web/remainUp: is only for workers with "kind": "oneshot")");
    CHECK(error_of(web_with(R"("kind": "oneshot", "startTime": "1s")"))
              .ends_with("/startTime: is only for services: a oneshot is up when it has ended with code 0"));
    CHECK(error_of(web_with(R"("kind": "oneshot", "ready": {"notify": true})"))
              .ends_with("/ready: is only for services: a oneshot is ready when it has ended with code 0"));
    CHECK(error_of(web_with(R"("kind": "oneshot", "notify": {"user": "www-data"})"))
              .ends_with("/notify: is only for services: a oneshot sends no notifications"));
    const auto always = error_of(web_with(R"("kind": "oneshot", "restart": {"policy": "always"})"));
    CHECK(always.ends_with(
        R"(/restart: a oneshot that has ended with code 0 is not restarted: "on-failure" or "never" is left of the policies)"));
}

TEST_CASE("kind: a oneshot takes over from defaults what fits it, and from templates all of it") {
    const std::string defaults =
        R"({"defaults": {"startTime": "5s", "ready": {"notify": true}, "remainUp": true, "autostart": false},
        "templates": {"job": {"kind": "oneshot"}, "slow": {"startTime": "9s"}}, "workers": {"web": )";
    CHECK(worker_of(defaults + R"({"command": "x"}}})").start_time == 5s);
    CHECK_FALSE(worker_of(defaults + R"({"command": "x"}}})").remain_up);
    for (const auto* own : {R"({"command": "x", "kind": "oneshot"}}})", R"({"command": "x", "extends": "job"}}})"}) {
        const auto once = worker_of(defaults + own);
        CHECK(once.ready.get() == nullptr);
        CHECK(once.remain_up);
        CHECK_FALSE(once.autostart);
    }
    CHECK(error_of(defaults + R"({"command": "x", "extends": ["job", "slow"]}}})").find("is only for services") !=
          std::string::npos);
}

TEST_CASE("hooks: a command as any, or an object with a timeout") {
    const auto web =
        worker_of(web_with(R"("hooks": {"preStart": "./a 'b c'", "postStop": {"command": ["./d"], "timeout": "2m"}})"));
    REQUIRE(find_hook(web, Hook::pre_start) != nullptr);
    CHECK(*find_hook(web, Hook::pre_start) == HookSpec{{"./a", "b c"}, 30s});
    REQUIRE(find_hook(web, Hook::post_stop) != nullptr);
    CHECK(*find_hook(web, Hook::post_stop) == HookSpec{{"./d"}, 2min});
    CHECK(find_hook(web, Hook::post_start) == nullptr);
    CHECK(find_hook(web, Hook::none) == nullptr);
    CHECK(worker_of(web_with(R"("hooks": {})")) == worker_of(web_with(R"("env": {})")));
    CHECK(worker_of(web_with(R"("env": {"A": "1"}, "hooks": {"preStop": ["./a", "${A}"]})"))
              .hooks.get()
              ->programs[2]
              ->command.back() == "1");
}

TEST_CASE("hooks: what is wrong in them is said where it stands") {
    const auto hooks = [](const std::string& members) { return error_of(web_with(R"("hooks": {)" + members + "}")); };
    CHECK(hooks(R"("preStrat": ["a"])").ends_with(R"(/hooks/preStrat: unknown key; did you mean "preStart"?)"));
    CHECK(hooks(R"("preStart": {"timeout": "1s"})")
              .ends_with(R"(/hooks/preStart: the key "command" is missing: the program to run)"));
    CHECK(hooks(R"("preStart": {"command": ["a"], "timeout": "0s"})")
              .ends_with(R"(/timeout: expected a duration of at least "1ms", found "0s")"));
    CHECK(hooks(R"("preStart": [])").ends_with("/hooks/preStart: expected at least the program, found an empty array"));
}

TEST_CASE("hooks: those of defaults and templates are kept beside the worker's own") {
    const auto web =
        worker_of(R"({"defaults": {"hooks": {"preStart": "d", "postStop": "d"}}, "templates": {"t": {"hooks": {"postStop": "t"}}},
        "workers": {"web": {"command": "x", "extends": "t", "hooks": {"preStop": "own"}}}})");
    CHECK(find_hook(web, Hook::pre_start)->command.front() == "d");
    CHECK(find_hook(web, Hook::post_stop)->command.front() == "t");
    CHECK(find_hook(web, Hook::pre_stop)->command.front() == "own");
}

TEST_CASE("hooks: a change counts the next time one runs, a change of the kind with a restart") {
    CHECK(keys_of(R"("cwd": "/")", R"("cwd": "/", "hooks": {"preStart": "a"})") == "hooks.preStart");
    CHECK(keys_of(R"("hooks": {"preStop": "a", "postStop": "b"})",
                  R"("hooks": {"preStop": {"command": "a", "timeout": "1s"}, "postStop": "b"})") == "hooks.preStop");
    CHECK(keys_of(R"("kind": "oneshot")", R"("kind": "oneshot", "remainUp": true)") == "remainUp!");
    CHECK(keys_of(R"("kind": "oneshot")", R"("kind": "service")") == "kind!");
    const auto before = worker_of(web_with(R"("hooks": {"preStop": "a"}, "stop": {"steps": []})"));
    const auto after = worker_of(web_with(R"("hooks": {"postStop": "b"}, "kind": "oneshot")"));
    CHECK(with_live_keys(before, after).hooks == after.hooks);
    CHECK(with_live_keys(before, after).kind == before.kind);
    CHECK(with_hooks(before, after).hooks == after.hooks);
    CHECK(with_hooks(before, after).stop == before.stop);
}

TEST_CASE("reload: a signal or a command, with its time, and nothing else") {
    const auto by_signal = worker_of(web_with(R"("reload": {"signal": "hup"})"));
    REQUIRE(by_signal.reload.get() != nullptr);
    CHECK(by_signal.reload.get()->signal == SIGHUP);
    CHECK(by_signal.reload.get()->program.timeout == 30s);
    CHECK(find_hook(by_signal, Hook::reload) == nullptr);
    const auto by_command = worker_of(web_with(R"("reload": {"command": "nginx -s reload", "timeout": "5s"})"));
    REQUIRE(find_hook(by_command, Hook::reload) != nullptr);
    CHECK(find_hook(by_command, Hook::reload)->command == std::vector<std::string>{"nginx", "-s", "reload"});
    CHECK(find_hook(by_command, Hook::reload)->timeout == 5s);
    CHECK(worker_of(web_with(R"("cwd": "/")")).reload.get() == nullptr);
    CHECK(error_of(web_with(R"("reload": {})")).find("expected {\"signal\": \"SIGHUP\"} or {\"command\": [...]}") !=
          std::string::npos);
    CHECK(error_of(web_with(R"("reload": {"signal": "HUP", "command": ["x"]})")).find("either a signal or a command, not both") !=
          std::string::npos);
    CHECK(error_of(web_with(R"("reload": {"signal": "NOPE"})")).find("the name of a signal") != std::string::npos);
    CHECK(error_of(web_with(R"("kind": "oneshot", "reload": {"signal": "HUP"})")).find("is only for services") !=
          std::string::npos);
    CHECK(keys_of(R"("cwd": "/")", R"("cwd": "/", "reload": {"signal": "HUP"})") == "reload");
    const auto shown = show(config_of(web_with(R"("reload": {"signal": "HUP"})")), Values::masked);
    CHECK(shown.find(R"("reload": { "signal": "SIGHUP", "timeout": "30s" })") != std::string::npos);
}
