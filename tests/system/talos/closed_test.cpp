#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>

// Somebody to whom the data directory is closed and whom the config's access list lets use the control socket. Needs two users.
using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Shared {
public:
    explicit Shared(const std::string& rules, const std::string& workers) {
        REQUIRE(::chmod(daemon.path("").c_str(), 0711) == 0);
        write_text(daemon.path("talos.json"),
                   "{\"controlSocket\": \"control.sock\", \"access\": [" + rules + "], \"workers\": {" + workers + "}}\n");
        std::filesystem::copy_file(daemon.ctl_command({}).argv[0], daemon.path("talosctl"));
        daemon.start();
    }
    [[nodiscard]] Command guest_command(const std::vector<std::string>& words) const {
        auto command = daemon.ctl_command(words);
        command.argv[0] = daemon.path("talosctl");
        command.before_exec = [] { become(nobody); };
        return command;
    }
    [[nodiscard]] Finished guest(const std::vector<std::string>& words) const { return run(guest_command(words)); }

    Daemon daemon;
};

const std::string two_workers = worker("web", shell("echo hello from web; exec sleep 120")) + worker("db", sleeper());

}   // namespace

TEST_CASE("a closed data directory and an open socket: who may read sees status, events, logs, and why over it") {
    if (!is_root()) TALOS_SKIP("needs root");
    Shared shared(R"({"user": "65534"})", two_workers);
    const auto web = shared.daemon.worker_in("web", "running");
    const auto status = shared.guest({"status"});
    INFO(status.err);
    CHECK(status.code == 0);
    CHECK(has(status.out, std::to_string(web.pid)));
    CHECK(has(shared.guest({"--json", "status"}).out, "\"running\":true"));
    CHECK(shared.guest({"status", "--names"}).out == "web\ndb\n");
    CHECK(shared.guest({"status", "nobody"}).code == 5);
    CHECK(shared.guest({"wait", "web"}).code == 0);
    CHECK(has(shared.guest({"events", "-n", "3"}).out, "db"));
    CHECK(has(shared.guest({"logs"}).out, "hello from web"));
    CHECK(has(shared.guest({"why", "web"}).out, "No exit of web is on record"));

    for (const auto& words :
         std::vector<std::vector<std::string>>{{"stop", "web"}, {"signal", "HUP", "web"}, {"reload"}, {"stop"}}) {
        const auto answer = shared.guest(words);
        CAPTURE(words, answer.out, answer.err);
        CHECK(answer.code == 4);
        CHECK(has(answer.err, "65534"));
    }
    CHECK(shared.daemon.worker_in("web", "running").pid == web.pid);
    CHECK(shared.daemon.stop() == 0);
    const auto gone = shared.guest({"status"});
    CHECK(gone.code == 4);   // what cannot be seen is not called down
}

TEST_CASE("a closed data directory and an open socket: waiting and following are woken by events, across a restart of talosd") {
    if (!is_root()) TALOS_SKIP("needs root");
    Shared shared(R"({"user": "65534", "may": "control"})", two_workers);
    shared.daemon.worker_in("web", "running");
    Process waiting(shared.guest_command({"wait", "web", "--for", "stopped"}));
    Process watching(shared.guest_command({"--json", "status", "--watch"}));
    Process following(shared.guest_command({"--json", "events", "-f", "-n", "all"}));
    Process logs(shared.guest_command({"logs", "-f", "web"}));
    REQUIRE(eventually([&] { return has(watching.out(), "\"running\":true"); }));
    REQUIRE(eventually([&] { return has(following.out(), "\"sequence\":1,"); }));
    REQUIRE(eventually([&] { return has(logs.out(), "hello from web"); }));
    const auto stopped = shared.guest({"stop", "web"});
    INFO(stopped.err);
    CHECK(stopped.code == 0);
    CHECK(waiting.wait() == 0);
    CHECK(eventually([&] { return has(watching.out(), "\"state\":\"stopped\""); }));
    CHECK(eventually([&] { return has(following.out(), "\"to\":\"stopped\""); }));

    CHECK(shared.daemon.stop() == 0);
    CHECK(eventually([&] { return has(watching.out(), "{\"running\":false}"); }));
    shared.daemon.start();
    std::uint64_t last = 0;
    for (const auto& event : shared.daemon.events()) last = event.at("sequence").to_number<std::uint64_t>();
    CHECK(eventually([&] { return has(following.out(), "\"sequence\":" + std::to_string(last) + ","); }));
    std::istringstream lines(following.out());
    std::uint64_t expected = 1;
    for (std::string line; std::getline(lines, line) && expected <= last; ++expected)
        CHECK(boost::json::parse(line).as_object().at("sequence").to_number<std::uint64_t>() == expected);

    Process stop(shared.guest_command({"stop"}));
    CHECK(stop.wait() == 0);
    CHECK(has(stop.out(), "talosd stopped (pid " + std::to_string(shared.daemon.pid())));
    CHECK(shared.daemon.process().wait() == 0);
}

TEST_CASE("a right to some workers reaches those and no others") {
    if (!is_root()) TALOS_SKIP("needs root");
    Shared shared(R"({"user": "65534", "may": "control", "workers": "web*"})", two_workers);
    shared.daemon.worker_in("web", "running");
    const auto db = shared.daemon.worker_in("db", "running");
    CHECK(shared.guest({"restart", "web"}).code == 0);
    CHECK(shared.guest({"restart", "db"}).code == 5);   // not even told that it is there
    CHECK(shared.guest({"stop", "all"}).out == "web: stopped\n");
    CHECK(shared.guest({"status", "--names"}).out == "web\n");
    CHECK(shared.guest({"start", "web"}).code == 0);
    CHECK(shared.guest({"wait", "web"}).code == 0);
    CHECK(shared.guest({"events"}).code == 4);
    CHECK(shared.daemon.worker_in("db", "running").pid == db.pid);
    CHECK(shared.daemon.stop() == 0);
}
