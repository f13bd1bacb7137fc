#include "posix/rights/unique_fd.hpp"
#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <cstring>
#include <map>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace talos::test;

// talosd under a service manager that speaks sd_notify(3).

namespace {

/// The manager's side of NOTIFY_SOCKET.
class Manager {
public:
    /// `name` as in the variable: a path, or `@` and an abstract name.
    explicit Manager(std::string name) : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(name_.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, name_.data(), name_.size());
        if (name_.front() == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
    }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// The next message's assignments; none when it does not come.
    std::map<std::string, std::string> next() {
        pollfd entry{socket_.get(), POLLIN, 0};
        if (::poll(&entry, 1, 20'000) <= 0) return {};
        std::string text(4096, '\0');
        const auto got = ::recv(socket_.get(), text.data(), text.size(), 0);
        std::map<std::string, std::string> lines;
        std::istringstream all(text.substr(0, got > 0 ? static_cast<std::size_t>(got) : 0));
        for (std::string line; std::getline(all, line);) lines[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
        return lines;
    }
    /// The next one with that assignment.
    std::map<std::string, std::string> message_with(const std::string& key) {
        auto message = next();
        while (!message.empty() && !message.contains(key)) message = next();
        return message;
    }

private:
    std::string name_;
    talos::posix::UniqueFd socket_;
};

Command under(const Manager& manager, Command how) {
    how.env.emplace_back("NOTIFY_SOCKET", manager.name());
    return how;
}

}   // namespace

TEST_CASE("service manager: is told readiness, state and stop, and what it said to talosd is not said to workers") {
    const bool abstract = GENERATE(false, true);
    Daemon daemon(worker("w", shell("env >seen.tmp; mv seen.tmp seen; exec sleep 120")) +
                  worker("bad", {"false"}, R"("restart": {"delay": "1h", "maxDelay": "1h"})"));
    Manager manager(abstract ? "@talos-test-" + std::to_string(::getpid()) : daemon.path("notify"));
    auto how = under(manager, daemon.command());
    how.env.emplace_back("LISTEN_FDS", "1");
    daemon.start(how);
    CHECK(manager.message_with("READY") ==
          std::map<std::string, std::string>{{"READY", "1"}, {"MAINPID", std::to_string(daemon.pid())}});
    std::string status;
    for (int messages = 0; messages < 20 && status != "1 of 2 workers running, 1 backoff"; ++messages)
        status = manager.message_with("STATUS")["STATUS"];
    CHECK(status == "1 of 2 workers running, 1 backoff");
    REQUIRE(eventually([&] { return exists(daemon.path("seen")); }));
    const auto environment = read_text(daemon.path("seen"));
    CHECK(environment.find("TALOS_WORKER=w") != std::string::npos);
    CHECK(environment.find("NOTIFY_SOCKET") == std::string::npos);
    CHECK(environment.find("LISTEN_FDS") == std::string::npos);
    CHECK(daemon.stop() == 0);
    const auto stopping = manager.message_with("STOPPING");
    REQUIRE(stopping.contains("EXTEND_TIMEOUT_USEC"));
    CHECK(stopping.at("EXTEND_TIMEOUT_USEC") == "35000000");   // the longest plan and 5 s
}

TEST_CASE("service manager: a reload is told with its begin and its end, also when the config has errors") {
    Daemon daemon(worker("w", sleeper()));
    Manager manager(daemon.path("notify"));
    daemon.start(under(manager, daemon.command()));
    REQUIRE(manager.message_with("READY").contains("READY"));
    write_text(daemon.path("talos.json"), "{ nonsense");
    daemon.process().signal(SIGHUP);
    CHECK(manager.message_with("RELOADING").contains("MONOTONIC_USEC"));
    CHECK(manager.message_with("READY").contains("MAINPID"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("service manager: heartbeats come as long as the loop turns, and only when they are asked of this process") {
    Daemon daemon(worker("w", sleeper()));
    Manager manager(daemon.path("notify"));
    auto how = under(manager, daemon.command());
    how.env.emplace_back("WATCHDOG_USEC", "20000");
    SECTION("of whoever gets the variable") {
        daemon.start(how);
        for (int beats = 0; beats < 5; ++beats) CHECK(manager.message_with("WATCHDOG").at("WATCHDOG") == "1");
    }
    SECTION("of another process") {
        how.env.emplace_back("WATCHDOG_PID", "1");
        daemon.start(how);
        daemon.worker_in("w", "running");
        daemon.process().signal(SIGTERM);
        bool beat = false;
        for (bool stopping = false; !stopping;) {
            const auto message = manager.next();
            REQUIRE_FALSE(message.empty());
            beat = beat || message.contains("WATCHDOG");
            stopping = message.contains("STOPPING");
        }
        CHECK_FALSE(beat);
    }
    CHECK(daemon.stop() == 0);
}

TEST_CASE("service manager: one that does not read, or is gone, stops nothing") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "0s"})"));
    auto how = daemon.command();
    {
        Manager manager(daemon.path("notify"));
        how = under(manager, how);
        how.env.emplace_back("WATCHDOG_USEC", "2");   // more than its queue takes
        daemon.start(how);
        const auto before = daemon.worker_in("w", "running");
        kill_main(before);
        daemon.worker_after("w", before.pid);
    }
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    daemon.worker_after("w", before.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
