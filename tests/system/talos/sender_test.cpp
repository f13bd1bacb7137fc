#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <unistd.h>

using namespace talos::test;

// Which process sent a signal: to a worker through talosd, and to talosd itself.

namespace {

bool has(const std::string& text, const std::string& part) {
    CAPTURE(text, part);
    return text.find(part) != std::string::npos;
}

std::string why(const Daemon& daemon, const std::string& worker) { return daemon.ctl({"why", worker}).out; }

const std::string own_uid = "uid " + std::to_string(::geteuid());

}   // namespace

TEST_CASE("sender: why names the client whose signal talosd has sent") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "0s"})") +
                  worker("other", sleeper(), R"("restart": {"delay": "0s"})"));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    CHECK(daemon.ctl({"signal", "QUIT", "w"}).code == 0);
    daemon.worker_after("w", before.pid);
    auto text = why(daemon, "w");
    CHECK(has(text, "talosd sent SIGQUIT, requested by talosctl (pid "));
    CHECK(has(text, own_uid));
    CHECK_FALSE(has(text, "sender"));

    SECTION("of another run nothing is claimed") {
        const auto second = daemon.worker_in("w", "running");
        kill_main(second);
        daemon.worker_after("w", second.pid);
        CHECK_FALSE(has(why(daemon, "w"), "talosd sent"));
    }
    SECTION("nor of another signal, or another worker") {
        const auto second = daemon.worker_in("w", "running");
        CHECK(daemon.ctl({"signal", "CONT", "w"}).code == 0);
        kill_main(second);
        daemon.worker_after("w", second.pid);
        CHECK_FALSE(has(why(daemon, "w"), "talosd sent"));
        const auto its = daemon.worker_in("other", "running");
        kill_main(its);
        daemon.worker_after("other", its.pid);
        CHECK_FALSE(has(why(daemon, "other"), "talosd sent"));
    }
    CHECK(daemon.stop() == 0);
}

TEST_CASE("sender: why names who asked for the stop, also when dependents or a hook went first") {
    Daemon daemon(worker("db", sleeper(), R"("hooks": {"preStop": {"command": ["true"]}})") +
                  worker("app", sleeper(), R"("dependsOn": {"db": "ready"})") +
                  worker("deaf", {program("ignore_term")}, stop_after("50ms")));
    daemon.start();
    daemon.worker_in("app", "running");
    daemon.worker_in("deaf", "running");
    CHECK(daemon.ctl({"stop", "db", "deaf"}).code == 0);
    daemon.worker_in("db", "stopped");
    auto text = why(daemon, "db");
    CHECK(has(text, "talosd sent SIGTERM according to the stop plan; the stop was requested by talosctl (pid "));
    CHECK(has(text, "Last command: stop by talosctl (pid "));
    text = why(daemon, "deaf");
    CHECK(has(text, "talosd sent SIGKILL according to the stop plan; the stop was requested by talosctl (pid "));
    CHECK_FALSE(has(text, "unknown"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("sender: talosd records which process sent a signal to it") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    // The shell stays until its file is there: its name can be read meanwhile.
    const std::string script = "kill -HUP " + std::to_string(daemon.pid()) +
                               "; until [ -e done ]; do sleep 0.01; done; kill -TERM " + std::to_string(daemon.pid()) +
                               "; until [ -e gone ]; do sleep 0.01; done";
    Command command{.argv = shell(script), .cwd = daemon.path(".")};
    Process sender(command);
    const auto who = "sh (pid " + std::to_string(sender.pid()) + ", " + own_uid + ")";
    const auto found = [&](const std::string& cause, const std::string& key) {
        for (const auto& event : daemon.events()) {
            const auto* by = event.if_contains("by");
            if (!event.contains("cause") || std::string(event.at("cause").as_string().c_str()) != cause || by == nullptr)
                continue;
            return by->as_object().at("pid").to_number<pid_t>() == sender.pid() &&
                   std::string(by->as_object().at("program").as_string().c_str()) == key &&
                   by->as_object().at("uid").to_number<uid_t>() == ::geteuid();
        }
        return false;
    };
    CHECK(eventually([&] { return found("reload", "sh"); }));
    write_text(daemon.path("done"), "");
    CHECK(daemon.process().wait() == 0);
    write_text(daemon.path("gone"), "");
    CHECK(found("signal", "sh"));
    CHECK(has(daemon.log(), "stopping (SIGTERM), sent by " + who));
}
