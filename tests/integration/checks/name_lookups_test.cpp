// Host names of probes. Nothing here asks a server: "127.1" is a number only to the resolver.
#include "aio/name_lookups.hpp"
#include "checks/probes/tcp_probe.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace talos;
using namespace std::chrono_literals;

namespace {

struct Asking {
    aio::asio::io_context io{1};
    std::vector<pid_t> children;
    aio::NameLookups names{io.get_executor(), [this](pid_t child) { children.push_back(child); }};
    std::vector<std::string> answers;

    ~Asking() {
        for (const pid_t child : children) (void)::waitpid(child, nullptr, 0);
    }
    [[nodiscard]] aio::NameLookups::Request ask(const std::string& host) {
        return names.ask(host, [this](const aio::NameLookups::Answer& answer) {
            std::string text;
            if (answer)
                for (const auto& address : *answer) text += address + ' ';
            answers.push_back(answer ? text : answer.error().message());
        });
    }
    /// Also after it has run out of work.
    void turn() {
        io.restart();
        io.run_one_for(100ms);
    }
    bool wait_for(std::size_t count) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (answers.size() < count && std::chrono::steady_clock::now() < deadline) turn();
        return answers.size() == count;
    }
    /// What a probe of that endpoint says.
    std::string probe(const Endpoint& endpoint, Millis longest = 20s) {
        std::optional<std::string> outcome;
        checks::TcpProbe probe(io.get_executor(), endpoint, names);
        probe.start([&](const Result<>& result) { outcome = result ? "good" : result.error().message(); }, longest);
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!outcome && std::chrono::steady_clock::now() < deadline) turn();
        return outcome.value_or("nothing");
    }
};

/// A listening socket; an invalid one where that address cannot be had.
posix::UniqueFd listener(int family, std::uint16_t port, int backlog) {
    posix::UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fd;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_loopback;
    const auto* address = family == AF_INET ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
    const socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;
    if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), backlog) != 0) fd.reset();
    return fd;
}

std::uint16_t port_of(const posix::UniqueFd& fd) {
    sockaddr_in6 address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin6_port);   // at the same place in both kinds
}

}   // namespace

TEST_CASE("name lookups: all who ask for a name share a child, and for a moment the next ones its answer") {
    Asking asking;
    const auto first = asking.ask("127.1");
    const auto second = asking.ask("127.1");
    CHECK(asking.answers.empty());
    REQUIRE(asking.wait_for(2));
    CHECK(asking.answers == std::vector<std::string>{"127.0.0.1 ", "127.0.0.1 "});
    CHECK(asking.children.size() == 1);
    const auto third = asking.ask("127.1");
    CHECK(asking.answers.size() == 2);
    REQUIRE(asking.wait_for(3));
    CHECK(asking.children.size() <= 2);   // a slow machine may take longer than the answer holds
}

TEST_CASE("name lookups: a failure has the name and the resolver's words") {
    Asking asking;
    const auto wish = asking.ask("fe80::1%no-such-interface");
    REQUIRE(asking.wait_for(1));
    CHECK(asking.answers.front().starts_with("cannot resolve fe80::1%no-such-interface: "));
    CHECK(asking.answers.front().find("Name or service not known") != std::string::npos);
}

TEST_CASE("name lookups: a child that nobody waits for any more is killed, and its answer is not told") {
    Asking asking;
    {
        const auto wish = asking.ask("127.1");
        REQUIRE(asking.children.size() == 1);
        (void)::kill(asking.children.front(), SIGSTOP);   // it hangs, or has ended already
    }
    CHECK(::waitpid(asking.children.front(), nullptr, 0) == asking.children.front());
    asking.children.clear();
    asking.io.run_for(20ms);
    CHECK(asking.answers.empty());
}

TEST_CASE("name lookups: what is told may end other requests, and ask again") {
    Asking asking;
    std::vector<aio::NameLookups::Request> requests(2);
    int told = 0;
    requests[0] = asking.names.ask("127.1", [&](const aio::NameLookups::Answer&) {
        ++told;
        requests[1] = {};
        requests[0] = asking.ask("127.2");
    });
    requests[1] = asking.names.ask("127.1", [&](const aio::NameLookups::Answer&) { told += 10; });
    REQUIRE(asking.wait_for(1));
    CHECK(told == 1);
    CHECK(asking.answers.front() == "127.0.0.2 ");
}

TEST_CASE("name lookups: many names at a time are all answered, by a bounded number of children") {
    Asking asking;
    std::vector<aio::NameLookups::Request> requests;
    for (int i = 1; i <= 100; ++i) requests.push_back(asking.ask("127." + std::to_string(i)));
    CHECK(asking.children.size() <= 32);
    CHECK(asking.wait_for(100));
    CHECK(asking.children.size() == 100);
}

TEST_CASE("tcp probe: a name is looked up by a child, numbers and localhost are not") {
    Asking asking;
    const auto server = listener(AF_INET, 0, 8);
    const auto port = port_of(server);
    CHECK(asking.probe({"127.1", port}) == "good");
    CHECK(asking.children.size() == 1);
    CHECK(asking.probe({"127.0.0.1", port}) == "good");
    CHECK(asking.probe({"localhost", port}) == "good");
    CHECK(asking.children.size() == 1);
    CHECK(asking.probe({"fe80::1%no-such-interface", port}).starts_with("cannot resolve fe80::1%no-such-interface: "));
}

TEST_CASE("tcp probe: the addresses of a name are tried in turn, and when all fail each is told") {
    Asking asking;
    auto server = listener(AF_INET6, 0, 8);
    if (!server) TALOS_SKIP("there is no IPv6 here");
    const auto port = port_of(server);
    CHECK(asking.probe({"localhost", port}) == "good");
    const auto text = std::to_string(port);
    server.reset();
    CHECK(asking.probe({"localhost", port}) ==
          "connect 127.0.0.1:" + text + ": Connection refused; connect [::1]:" + text + ": Connection refused");
}

TEST_CASE("tcp probe: an address that does not answer leaves time for the next one") {
    Asking asking;
    const auto silent = listener(AF_INET, 0, 0);
    const auto port = port_of(silent);
    const auto server = listener(AF_INET6, port, 8);
    if (!server) TALOS_SKIP("there is no IPv6 here, or its port is taken");
    std::vector<posix::UniqueFd> connections;   // fill the queue, so that no further one is answered
    for (int i = 0; i < 4; ++i) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connections.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        (void)::connect(connections.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    CHECK(asking.probe({"localhost", port}, 2s) == "good");
}
