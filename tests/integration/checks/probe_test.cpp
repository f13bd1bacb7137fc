#include "checks/probes/http_probe.hpp"
#include "support/catch.hpp"
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace talos;
using namespace std::chrono_literals;

namespace {

const checks::HttpProbe::Statuses only_200;   // the default

/// A server that says what the test has it say, byte by byte if need be.
class Server {
public:
    Server() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listening_, 8) == 0);
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        close_connection();
        close_listening();
    }
    [[nodiscard]] Endpoint endpoint() const { return {"127.0.0.1", port_}; }
    [[nodiscard]] HttpUrl url() const { return {endpoint(), "127.0.0.1", "/health?x"}; }
    void close_listening() {
        if (listening_ >= 0) ::close(std::exchange(listening_, -1));
    }
    void close_connection() {
        if (connection_ >= 0) ::close(std::exchange(connection_, -1));
    }
    void accept() {
        pollfd entry{listening_, POLLIN, 0};
        REQUIRE(::poll(&entry, 1, 20'000) == 1);
        connection_ = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        REQUIRE(connection_ >= 0);
    }
    [[nodiscard]] std::string request() const {
        std::string text;
        while (text.find("\r\n\r\n") == std::string::npos) {
            pollfd entry{connection_, POLLIN, 0};
            char bytes[512];
            if (::poll(&entry, 1, 20'000) != 1) break;
            const auto size = ::recv(connection_, bytes, sizeof bytes, 0);
            if (size <= 0) break;
            text.append(bytes, static_cast<std::size_t>(size));
        }
        return text;
    }
    void say(std::string_view text) const { (void)::send(connection_, text.data(), text.size(), MSG_NOSIGNAL); }
    /// Whether the other side has closed.
    [[nodiscard]] bool left() const {
        char byte = 0;
        const auto size = ::recv(connection_, &byte, 1, MSG_DONTWAIT);
        return size == 0 || (size < 0 && errno == ECONNRESET);   // a reset is what comes of bytes that nobody has read
    }

private:
    int listening_;
    int connection_ = -1;
    std::uint16_t port_ = 0;
};

/// A probe, and what came of it.
struct Looking {
    aio::asio::io_context io{1};
    std::vector<pid_t> lookups;   // that were started
    aio::NameLookups names{io.get_executor(), [this](pid_t child) { lookups.push_back(child); }};
    std::unique_ptr<checks::Probe> probe;
    Millis longest{20'000};
    std::optional<std::string> outcome;

    void start(std::unique_ptr<checks::Probe> made) {
        probe = std::move(made);
        probe->start(
            [this](const Result<>& result) {
                probe.reset();   // whoever is told may do so
                outcome = result ? "good" : result.error().message();
            },
            longest);
        CHECK_FALSE(outcome.has_value());
    }
    std::string wait() {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!outcome && std::chrono::steady_clock::now() < deadline) io.run_one_for(100ms);
        return outcome.value_or("nothing");
    }
    /// What is ready now is served.
    void turn() { io.run_for(1ms); }
};

std::string answer_to(std::string_view text, const checks::HttpProbe::Statuses& statuses = only_200) {
    Server server;
    Looking looking;
    looking.start(std::make_unique<checks::HttpProbe>(looking.io.get_executor(), server.url(), looking.names, statuses));
    server.accept();
    looking.turn();
    CHECK(server.request().starts_with("GET /health?x HTTP/1.1\r\nHost: 127.0.0.1\r\n"));
    server.say(text);
    server.close_connection();
    return looking.wait();
}

}   // namespace

TEST_CASE("tcp probe: a connection that is accepted is good, and closed at once") {
    Server server;
    Looking looking;
    looking.start(std::make_unique<checks::TcpProbe>(looking.io.get_executor(), server.endpoint(), looking.names));
    server.accept();
    CHECK(looking.wait() == "good");
    CHECK(server.left());
}

TEST_CASE("tcp probe: one that is refused is told with its address") {
    Server server;
    server.close_listening();
    Looking looking;
    looking.start(std::make_unique<checks::TcpProbe>(looking.io.get_executor(), server.endpoint(), looking.names));
    CHECK(looking.wait() == "connect 127.0.0.1:" + std::to_string(server.endpoint().port) + ": Connection refused");
}

TEST_CASE("http probe: the status counts, and nothing but the head is waited for") {
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") == "good");
    CHECK(answer_to("HTTP/1.0 200 Whatever\r\n\r\nsome text") == "good");
    CHECK(answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n") == "good");
    CHECK(answer_to("HTTP/1.1 503 Busy\r\n\r\n") == "it answers 503 instead of 200");
    CHECK(answer_to("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/health?x\r\n\r\n") == "it answers 302 instead of 200");
}

TEST_CASE("http probe: what is no answer, or none that ends, is not good") {
    CHECK(answer_to("") == "the connection was closed without an answer");
    CHECK(answer_to("HTTP/1.1 200 OK\r\nX: y\r\n") == "the connection was closed without an answer");
    CHECK(answer_to("SSH-2.0-OpenSSH_9.2\r\n") == "its answer is no HTTP");
    CHECK(answer_to("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'y')) == "the head of its answer is longer than 64 KiB");
}

TEST_CASE("http probe: interim answers are skipped, and several statuses may count") {
    CHECK(answer_to("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") == "good");
    const checks::HttpProbe::Statuses statuses{{200, 299}, {404, 404}};
    CHECK(answer_to("HTTP/1.1 204\r\n\r\n", statuses) == "good");
    CHECK(answer_to("HTTP/1.1 404 Not Found\r\n\r\n", statuses) == "good");
    CHECK(answer_to("HTTP/1.1 302 Found\r\n\r\n", statuses) == "it answers 302 instead of 200-299, 404");
}

TEST_CASE("http probe: an answer that comes byte by byte is put together") {
    Server server;
    Looking looking;
    looking.start(std::make_unique<checks::HttpProbe>(looking.io.get_executor(), server.url(), looking.names,
                                                      checks::HttpProbe::Statuses{{204, 204}}));
    server.accept();
    looking.turn();
    (void)server.request();
    const std::string answer = "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n";
    for (const char c : answer) {
        CHECK_FALSE(looking.outcome.has_value());
        server.say({&c, 1});
        looking.turn();
    }
    CHECK(looking.wait() == "good");
}

TEST_CASE("http probe: headers go along, in place of ours of the same name however it is written") {
    Server server;
    Looking looking;
    const checks::HttpProbe::Headers headers{{"HOST", "example.org"}, {"X-Asked-By", "talosd"}, {"accept", ""}};
    looking.start(std::make_unique<checks::HttpProbe>(looking.io.get_executor(), server.url(), looking.names, only_200, headers));
    server.accept();
    looking.turn();
    CHECK(server.request() ==
          "GET /health?x HTTP/1.1\r\nUser-Agent: talosd\r\nConnection: close\r\nHOST: example.org\r\nX-Asked-By: talosd\r\n"
          "accept: \r\n\r\n");
    server.say("HTTP/1.1 200 OK\r\n\r\n");
    CHECK(looking.wait() == "good");
}

TEST_CASE("http probe: one that is destroyed meanwhile tells nothing and closes its connection") {
    Server server;
    Looking looking;
    looking.start(std::make_unique<checks::HttpProbe>(looking.io.get_executor(), server.url(), looking.names, only_200));
    server.accept();
    looking.turn();
    (void)server.request();
    server.say("HTTP/1.1 200 OK\r\n\r\n");
    looking.probe.reset();
    looking.turn();
    CHECK_FALSE(looking.outcome.has_value());
    CHECK(server.left());
}
