#include "client/daemon_manager.hpp"
#include "state/pid_file.hpp"
#include "support/catch.hpp"
#include "support/socket_server.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

// What talosctl makes of answers that a real talosd gives rarely, or not at all: this test itself poses as talosd.
using namespace talos;
using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Holds the lock and is named in status.json; `workers` are the document's.
class Pretended {
public:
    explicit Pretended(std::vector<state::WorkerStatus> workers = {}, std::optional<posix::ProcessIdentity> identity = {}) {
        std::filesystem::create_directory(daemon_.data(""));
        ::chmod(daemon_.data("").c_str(), 0700);
        auto lock = state::PidFile::acquire(daemon_.data("daemon.pid"));
        REQUIRE(lock.has_value());
        lock_.emplace(std::move(*lock));
        state::StatusHead head;
        head.version = TALOS_VERSION;
        auto own = posix::own_identity();
        REQUIRE(own.has_value());
        head.identity = identity.value_or(*own);
        head.state = state::DaemonState::running;
        head.run = "test";
        head.stop_timeout = Millis{5'000};
        REQUIRE(lock_->write(head.identity.pid).has_value());
        auto writer = state::StatusWriter::create(daemon_.data("status.json"), head);
        REQUIRE(writer.has_value());
        for (const auto& worker : workers) REQUIRE(writer->add(worker).has_value());
        REQUIRE(writer->commit().has_value());
    }
    [[nodiscard]] Finished ctl(const std::vector<std::string>& words) const { return daemon_.ctl(words); }
    [[nodiscard]] Command ctl_command(const std::vector<std::string>& words) const { return daemon_.ctl_command(words); }
    [[nodiscard]] std::string socket() const { return daemon_.data("control.sock"); }

private:
    Daemon daemon_;
    std::optional<state::PidFile> lock_;
};

state::WorkerStatus a_row(const std::string& name) {
    state::WorkerStatus row;
    row.name = name;
    row.state = worker::State::running;
    row.goal = worker::Goal::up;
    return row;
}

SocketServer::Answer always(int status, const std::string& body) {
    return
        [=](const std::string&, const Peer& peer) { peer.write(http_answer(status, "application/problem+json", body + "\n")); };
}

}   // namespace

TEST_CASE("talosctl: refusals of talosd are told in its words, with their exit codes") {
    Pretended talosd;
    struct Case {
        int status;
        const char* code;
        int exit;
    };
    for (const auto& [status, code, exit] : {Case{403, "not-allowed", 4}, Case{404, "unknown-worker", 5},
                                             Case{409, "stopping", 1}, Case{500, "internal", 1}, Case{404, "not-found", 1}}) {
        SocketServer server{talosd.socket(),
                            always(status, std::string(R"({"detail":"words of talosd","code":")") + code + "\"}")};
        const auto answer = talosd.ctl({"restart", "web"});
        CAPTURE(code, answer.err);
        CHECK(answer.code == exit);
        CHECK(answer.err == "talosctl: words of talosd\n");
        const auto as_json = talosd.ctl({"--json", "signal", "HUP", "web"});
        CHECK(as_json.code == exit);
        CHECK(as_json.out == std::string(R"({"error":"words of talosd","code":")") + code + "\"}\n");
    }
}

TEST_CASE("talosctl: results that stream in are shown once they are final, and half an answer is called that") {
    Pretended talosd;
    const std::string going = R"({"worker":"web","outcome":"pending","state":"stopping","reason":"stopping, SIGKILL in 12 s"})";
    const std::string last = R"({"reached":true,"results":[{"worker":"web","outcome":"reached","state":"stopped"}]})";
    SECTION("whole") {
        SocketServer server{talosd.socket(), [&](const std::string&, const Peer& peer) {
                                peer.write(chunked_head("application/x-ndjson") + chunk(going + "\n") + chunk(last + "\n") +
                                           "0\r\n\r\n");
                            }};
        const auto answer = talosd.ctl({"stop", "web"});
        CHECK(answer.code == 0);
        CHECK(answer.out == "web: stopped\n");
        CHECK(answer.err.empty());
        CHECK(server.requests().back().starts_with("POST /v1/workers/web/stop?wait="));
        CHECK(has(server.heads().back(), "Accept: application/x-ndjson\r\n"));
    }
    SECTION("talosd ends half-way") {
        SocketServer server{talosd.socket(), [&](const std::string&, const Peer& peer) {
                                peer.write(chunked_head("application/x-ndjson") + chunk(going + "\n"));
                            }};
        const auto answer = talosd.ctl({"stop", "web"});
        CHECK(answer.code == 1);
        CHECK(answer.out.empty());
        CHECK(has(answer.err, "closed the connection before the answer was complete"));
        CHECK(has(answer.err, "talosctl status"));
    }
    SECTION("talosd speaks in tongues") {
        SocketServer server{talosd.socket(),
                            [&](const std::string&, const Peer& peer) { peer.write("SSH-2.0-OpenSSH\r\n\r\n"); }};
        CHECK(talosd.ctl({"stop", "web"}).code == 1);
        CHECK(talosd.ctl({"--json", "reload", "--dry-run"}).out.starts_with("{\"error\":"));
    }
}

TEST_CASE("talosctl: how long it waits is what was asked for, else as long as the plans take") {
    auto slow = a_row("slow");
    slow.stop = {{SIGTERM, Millis{120'000}}};
    Pretended talosd({slow, a_row("quick")});
    SocketServer server{talosd.socket(), always(200, R"({"reached":true,"results":[]})")};
    CHECK(talosd.ctl({"stop", "slow", "--timeout", "90s"}).code == 0);
    CHECK(server.requests().back() == "POST /v1/workers/slow/stop?wait=1m30s");
    CHECK(talosd.ctl({"stop", "all"}).code == 0);
    CHECK(server.requests().back() == "POST /v1/workers/all/stop?wait=2m5s");
    CHECK(talosd.ctl({"stop", "quick"}).code == 0);
    CHECK(server.requests().back() == "POST /v1/workers/quick/stop?wait=30s");
    CHECK(talosd.ctl({"restart", "q*", "slow", "--no-wait"}).code == 0);
    CHECK(server.requests().back() == "POST /v1/workers/q*,slow/restart");
}

TEST_CASE("talosctl: a talosd without a control socket is told as that, a signal goes directly, to nobody else") {
    Process worker_process({.argv = {"sleep", "120"}});
    auto running = a_row("web");
    running.pid = worker_process.pid();
    running.start_ticks = proc(worker_process.pid()).start_ticks;
    auto stale = a_row("stale");
    stale.pid = worker_process.pid();
    stale.start_ticks = running.start_ticks + 1;   // the PID is another process's by now
    Pretended talosd({running, stale, a_row("down")});

    for (const auto& words : std::vector<std::vector<std::string>>{{"start", "web"}, {"restart", "web"}, {"reload"}}) {
        const auto answer = talosd.ctl(words);
        CAPTURE(words, answer.err);
        CHECK(answer.code == 1);
        CHECK(has(answer.err, "does not listen on " + talosd.socket()));
        CHECK(has(answer.err, "talosctl restart"));
    }
    const auto others = talosd.ctl({"signal", "TERM", "stale", "down"});
    CHECK(others.code == 1);
    CHECK(alive(worker_process.pid()));
    const auto sent = talosd.ctl({"signal", "TERM", "web"});
    CHECK(sent.code == 0);
    CHECK(sent.out == "web: SIGTERM sent\n");
    CHECK(has(sent.err, "directly"));
    CHECK(worker_process.wait() == 128 + SIGTERM);
}

TEST_CASE("talosctl: a socket that another process than talosd listens on is not asked") {
    Process other({.argv = {"sleep", "120"}});
    auto identity = posix::own_identity();
    REQUIRE(identity.has_value());
    identity->pid = other.pid();
    identity->start_ticks = proc(other.pid()).start_ticks;
    Pretended talosd({a_row("web")}, *identity);
    SocketServer server{talosd.socket(), always(200, R"({"reached":true,"results":[]})")};
    const auto answer = talosd.ctl({"stop", "web"});
    CHECK(answer.code == 1);
    CHECK(has(answer.err, "does not listen on"));
    CHECK(server.requests().empty());
}

TEST_CASE("talosctl: a reload is shown with its results, an invalid config with its errors") {
    Pretended talosd;
    {
        SocketServer server{
            talosd.socket(),
            always(200, R"({"dryRun":false,"unchanged":2,"daemon":[],"workers":[{"worker":"web","change":"changed",)"
                        R"("keys":[{"key":"env","effect":"restart"}],"restart":true}],"reload":1,"reached":false,)"
                        R"("results":[{"worker":"web","outcome":"failed","state":"backoff","reason":"exit code 1"}]})")};
        const auto answer = talosd.ctl({"reload", "--all-at-once"});
        CHECK(answer.code == 1);
        CHECK(answer.out == "~ web: env (restart)\nunchanged: 2 workers\n");
        CHECK(answer.err == "talosctl: web: backoff, exit code 1; see `talosctl why web`\n");
        CHECK(server.requests().back().starts_with("POST /v1/reload?roll=all&wait="));
    }
    SocketServer server{
        talosd.socket(),
        always(422, R"({"detail":"nothing was changed","code":"invalid-config","errors":["talos.json:4:7: x"]})")};
    const auto answer = talosd.ctl({"reload", "--dry-run"});
    CHECK(answer.code == 1);
    CHECK(answer.err == "talos.json:4:7: x\ntalosctl: nothing was changed\n");
    CHECK(server.requests().back() == "POST /v1/reload?roll=one&dryRun=1");
}
