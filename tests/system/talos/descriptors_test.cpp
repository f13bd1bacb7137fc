#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/socket_request.hpp"
#include <algorithm>
#include <csignal>
#include <cstring>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace talos::test;
namespace posix = talos::posix;

/// More workers than there are descriptors for: what talosd needs for itself is kept apart.
namespace {

constexpr rlim_t few = 64;

Command with_few_descriptors(const Daemon& daemon) {
    auto how = daemon.command();
    how.before_exec = [] {
        const rlimit limit{few, few};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    };
    return how;
}

std::string sixty_workers() {
    std::string workers;
    for (int i = 0; i < 60; ++i)
        workers +=
            worker("w" + std::to_string(i), shell("echo up; exec sleep 120"), R"("restart": {"delay": "1s", "factor": 1})");
    return workers;
}

bool is_running(const WorkerView& view) { return view.state == "running"; }
bool lacks_descriptors(const WorkerView& view) {
    return view.state == "backoff" && view.reason.find("Too many open files") != std::string::npos &&
           view.reason.find("RLIMIT_NOFILE") != std::string::npos;
}

int answer_of(const Daemon& daemon, const std::string& target) {
    SocketRequest request(daemon, "GET", target);
    REQUIRE(eventually([&] { return request.done(); }));
    return request.answer().status;
}

/// A connection that has had its answer and stays; no descriptor when it was refused.
posix::UniqueFd idle_connection(const Daemon& daemon) {
    posix::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = daemon.data("control.sock");
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    constexpr std::string_view request = "GET /livez HTTP/1.1\r\nHost: talosd\r\n\r\n";
    const bool asked = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                       ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) > 0;
    return asked ? std::move(socket) : posix::UniqueFd();
}

}   // namespace

TEST_CASE("out of descriptors: workers fail with the reason, talosd answers, writes its status and stops as always") {
    Daemon daemon(sixty_workers());
    daemon.start(with_few_descriptors(daemon));
    REQUIRE(eventually([&] {
        const auto views = daemon.workers();
        return std::any_of(views.begin(), views.end(), is_running) && std::any_of(views.begin(), views.end(), lacks_descriptors);
    }));
    CHECK(answer_of(daemon, "/livez") == 200);
    CHECK(answer_of(daemon, "/v1/status") == 200);
    CHECK(daemon.ctl({"status"}).code == 0);

    const auto views = daemon.workers();
    const auto running = *std::find_if(views.begin(), views.end(), is_running);
    kill_main(running);   // the status is current: it says what has become of that one
    CHECK(daemon.worker_when(running.name, [&](const WorkerView& view) { return view.exit_signal == "SIGKILL"; }).pid !=
          running.pid);
    CHECK(answer_of(daemon, "/livez") == 200);

    const auto stopped = daemon.ctl({"stop"});
    CHECK(stopped.code == 0);
    CHECK(daemon.process().wait() == 0);
    CHECK(daemon.log().find("SIGKILL to") == std::string::npos);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("out of descriptors: a worker that failed starts when others have stopped") {
    Daemon daemon(sixty_workers());
    daemon.start(with_few_descriptors(daemon));
    std::string waiting;
    REQUIRE(eventually([&] {
        const auto views = daemon.workers();
        const auto lacking = std::find_if(views.begin(), views.end(), lacks_descriptors);
        if (lacking != views.end()) waiting = lacking->name;
        return !waiting.empty() && std::any_of(views.begin(), views.end(), is_running);
    }));
    std::vector<std::string> words{"stop"};
    for (int i = 0; i < 60; ++i)
        if (const auto name = "w" + std::to_string(i); name != waiting) words.push_back(name);
    CHECK(daemon.ctl(words).code == 0);
    CHECK(daemon.worker_in(waiting, "running").pid != 0);
    CHECK(eventually([&] { return daemon.worker_log(waiting).find("up") != std::string::npos; }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("out of descriptors: workers have the limit that talosd was given, not what is left of it for them") {
    Daemon daemon(worker("w", shell("echo soft=$(ulimit -Sn) hard=$(ulimit -Hn); exec sleep 120")));
    daemon.start(with_few_descriptors(daemon));
    CHECK(eventually([&] { return daemon.worker_log("w").find("soft=64 hard=64") != std::string::npos; }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("out of descriptors: connections that idle make room for those that have something to ask") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start(with_few_descriptors(daemon));
    std::vector<posix::UniqueFd> idle;
    for (rlim_t i = 0; i < few; ++i) idle.push_back(idle_connection(daemon));
    for (int i = 0; i < 10; ++i)
        CHECK(answer_of(daemon, "/livez") == 200);   // each idles for a minute, and talosd answers no one meanwhile
    CHECK(daemon.ctl({"status"}).code == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("descriptors: with too few of them to start, talosd says so and how many there may be") {
    for (rlim_t limit = 8; limit <= 24; ++limit) {
        Daemon daemon(worker("w", {"true"}, R"("restart": "never")"));
        auto how = daemon.command();
        how.before_exec = [limit] {
            const rlimit few_of_them{limit, limit};
            ::setrlimit(RLIMIT_NOFILE, &few_of_them);
        };
        Process talosd(how);
        REQUIRE(eventually([&] { return talosd.ended() || daemon.status(); }));
        CAPTURE(limit, talosd.err());
        if (!talosd.ended()) {
            talosd.signal(SIGTERM);
            CHECK(talosd.wait() == 0);
            continue;
        }
        CHECK(talosd.wait() == 1);
        CHECK(talosd.err().find("Too many open files") != std::string::npos);
    }
}
