#include "http/client/client.hpp"
#include "support/catch.hpp"
#include "support/socket_server.hpp"
#include "support/temporary_directory.hpp"
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <pthread.h>
#include <sys/stat.h>

using namespace talos;
using namespace talos::http;
using namespace talos::test;

namespace {

constexpr Millis patience{20'000};

/// What the server gets to answer with, byte by byte, so that no boundary is left out.
void write_slowly(const Peer& peer, const std::string& bytes) {
    for (const char byte : bytes) peer.write(std::string(1, byte));
}

}   // namespace

TEST_CASE("client: an answer has its status, type and body") {
    TemporaryDirectory dir;
    SocketServer server{dir / "control.sock", [&](const std::string&, const Peer& peer) {
                            peer.write(http_answer(200, "application/json", "{\"a\":1}\n"));
                        }};
    Client client{dir / "control.sock"};
    const auto answer = client.request("POST", "/v1/reload?dryRun=1", patience);
    REQUIRE(answer.has_value());
    CHECK(answer->status == 200);
    CHECK(answer->type == "application/json");
    CHECK(answer->body == "{\"a\":1}\n");
    const auto head = server.heads().at(0);
    CHECK(head.starts_with("POST /v1/reload?dryRun=1 HTTP/1.1\r\n"));
    CHECK(head.find("\r\nHost: ") != std::string::npos);
}

TEST_CASE("client: chunks and a body of no stated length are put together, however they are cut") {
    TemporaryDirectory dir;
    const bool chunked = GENERATE(true, false);
    SocketServer server{dir / "s", [&](const std::string&, const Peer& peer) {
                            if (chunked)
                                write_slowly(peer, chunked_head("text/plain") + chunk("one\ntw") + chunk("o\n") + "0\r\n\r\n");
                            else
                                write_slowly(
                                    peer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\none\ntwo\n");
                        }};
    Client client{dir / "s"};
    const auto answer = client.request("GET", "/", patience);
    REQUIRE(answer.has_value());
    CHECK(answer->body == "one\ntwo\n");
    CHECK(answer->type == "text/plain");
}

TEST_CASE("client: what a trailer says is missing is part of the answer") {
    TemporaryDirectory dir;
    SocketServer server{
        dir / "s", [&](const std::string&, const Peer& peer) {
            write_slowly(peer,
                         chunked_head("text/plain") + chunk("one\n") +
                             "0\r\nTalos-Left-Out: w.log.2.zst is damaged\r\nOther: x\r\ntalos-left-out: w.log.1 too\r\n\r\n");
        }};
    Client client{dir / "s"};
    std::string lines;
    const auto answer =
        client.stream("GET", "/", "text/plain", [&](std::string_view line) { return lines.append(line).append("\n"), true; });
    REQUIRE(answer.has_value());
    CHECK(lines == "one\n");
    CHECK(answer->left_out == std::vector<std::string>{"w.log.2.zst is damaged", "w.log.1 too"});
}

TEST_CASE("client: a stream gives each line as it comes, and ends when enough was heard") {
    TemporaryDirectory dir;
    std::atomic<bool> client_left{false};
    SocketServer server{dir / "s", [&](const std::string&, const Peer& peer) {
                            peer.write(chunked_head("application/x-ndjson") + chunk("{\"n\":1}\n{\"n\"") + chunk(":2}\n"));
                            peer.await_close();   // the rest is never sent
                            client_left = true;
                        }};
    {
        Client client{dir / "s"};
        std::vector<std::string> lines;
        const auto answer = client.stream("POST", "/x", "application/x-ndjson", [&](std::string_view line) {
            lines.emplace_back(line);
            return lines.size() < 2;
        });
        REQUIRE(answer.has_value());
        CHECK(answer->status == 200);
        CHECK(lines == std::vector<std::string>{"{\"n\":1}", "{\"n\":2}"});
    }
    for (int i = 0; i < 4000 && !client_left; ++i) ::poll(nullptr, 0, 5);
    CHECK(client_left);
    CHECK(server.heads().at(0).find("\r\nAccept: application/x-ndjson\r\n") != std::string::npos);
}

TEST_CASE("client: a refusal is not streamed but returned whole") {
    TemporaryDirectory dir;
    SocketServer server{dir / "s", [](const std::string&, const Peer& peer) {
                            peer.write(http_answer(404, "application/problem+json", "{\"code\":\"unknown-worker\"}\n"));
                        }};
    Client client{dir / "s"};
    bool called = false;
    const auto answer = client.stream("POST", "/x", "application/x-ndjson", [&](std::string_view) { return called = true; });
    REQUIRE(answer.has_value());
    CHECK(answer->status == 404);
    CHECK(answer->body == "{\"code\":\"unknown-worker\"}\n");
    CHECK_FALSE(called);
}

TEST_CASE("client: who does not listen, does not answer, hangs up or speaks no HTTP is told apart") {
    TemporaryDirectory dir;
    const auto failure = [&](const SocketServer::Answer& answer, Millis limit) {
        SocketServer server{dir / "s", answer};
        Client client{dir / "s"};
        const auto got = client.request("GET", "/", limit);
        REQUIRE(got.has_error());
        CHECK(got.error().what.find(dir / "s") != std::string::npos);
        return got.error().errno_value();
    };
    CHECK(failure([](const std::string&, const Peer& peer) { peer.await_close(); }, Millis{50}) == ETIMEDOUT);
    CHECK(failure([](const std::string&, const Peer&) {}, patience) == ECONNRESET);
    CHECK(failure([](const std::string&, const Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"); },
                  patience) == ECONNRESET);
    CHECK(failure([](const std::string&, const Peer& peer) { peer.write(chunked_head("text/plain") + chunk("half")); },
                  patience) == ECONNRESET);
    CHECK(failure([](const std::string&, const Peer& peer) { peer.write("220 mail ready\r\n\r\n"); }, patience) == EPROTO);

    Client nobody{dir / "none"};
    CHECK(nobody.request("GET", "/", patience).error().errno_value() == ENOENT);
    write_text(dir / "file", "");
    CHECK(Client{dir / "file"}.request("GET", "/", patience).error().errno_value() == ECONNREFUSED);
    if (::geteuid() != 0) {
        SocketServer closed{dir / "closed", [](const std::string&, const Peer&) {}};
        REQUIRE(::chmod((dir / "closed").c_str(), 0) == 0);
        CHECK(Client{dir / "closed"}.request("GET", "/", patience).error().errno_value() == EACCES);
    }
}

TEST_CASE("client: the kernel says who listens, and the next request uses that connection") {
    TemporaryDirectory dir;
    SocketServer server{dir / "s",
                        [](const std::string&, const Peer& peer) { peer.write(http_answer(200, "text/plain", "ok\n")); }};
    Client client{dir / "s"};
    const auto listener = client.connect();
    REQUIRE(listener.has_value());
    CHECK(listener->pid == ::getpid());
    CHECK(listener->uid == ::geteuid());
    const auto answer = client.request("GET", "/livez", patience);
    REQUIRE(answer.has_value());
    CHECK(answer->body == "ok\n");
    CHECK(server.requests().size() == 1);
    CHECK(client.request("GET", "/livez", patience).has_value());   // and then a new one
}

TEST_CASE("client: a socket path that no address can hold is reached all the same") {
    TemporaryDirectory dir;
    const std::string deep = dir / (std::string(100, 'd') + "/" + std::string(90, 'e'));
    std::filesystem::create_directories(deep);
    SocketServer server{deep + "/control.sock",
                        [](const std::string&, const Peer& peer) { peer.write(http_answer(200, "text/plain", "ok\n")); }};
    Client client{deep + "/control.sock"};
    const auto answer = client.request("GET", "/livez", patience);
    REQUIRE(answer.has_value());
    CHECK(answer->body == "ok\n");
}

TEST_CASE("client: a signal ends the wait and is told, afterwards signals do what they did before") {
    TemporaryDirectory dir;
    const auto main_thread = ::pthread_self();
    SocketServer server{dir / "s", [&](const std::string&, const Peer& peer) {
                            peer.write(chunked_head("text/plain") + chunk("first\n"));
                            (void)::pthread_kill(main_thread, SIGINT);
                            peer.await_close();
                        }};
    Client client{dir / "s"};
    const auto answer = client.stream("GET", "/", {}, [](std::string_view) { return true; });
    REQUIRE(answer.has_error());
    CHECK(answer.error().errno_value() == EINTR);
    CHECK(client.interrupted_by() == SIGINT);
    sigset_t blocked;
    REQUIRE(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked) == 0);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) CHECK(sigismember(&blocked, signal) == 0);
    const auto command = client.request("POST", "/v1/shutdown", patience);   // what would have followed
    REQUIRE(command.has_error());
    CHECK(command.error().errno_value() == EINTR);
    CHECK(server.heads().size() == 1);
}

TEST_CASE("client: an ignored SIGHUP does not end a request") {
    TemporaryDirectory dir;
    (void)std::signal(SIGHUP, SIG_IGN);
    const auto main_thread = ::pthread_self();
    SocketServer server{dir / "s", [&](const std::string&, const Peer& peer) {
                            (void)::pthread_kill(main_thread, SIGHUP);
                            peer.write(http_answer(200, "text/plain", "ok\n"));
                        }};
    Client client{dir / "s"};
    const auto answer = client.request("GET", "/", patience);
    (void)std::signal(SIGHUP, SIG_DFL);
    REQUIRE(answer.has_value());
    CHECK(answer->body == "ok\n");
}

TEST_CASE("client: a large answer comes through whole") {
    TemporaryDirectory dir;
    std::string body;
    while (body.size() < (12u << 20)) body += "{\"name\":\"worker\",\"state\":\"running\"},\n";
    SocketServer server{dir / "s",
                        [&](const std::string&, const Peer& peer) { peer.write(http_answer(200, "application/json", body)); }};
    Client client{dir / "s"};
    const auto answer = client.request("GET", "/v1/status", patience);
    REQUIRE(answer.has_value());
    CHECK(answer->body == body);
}

TEST_CASE("client: a socket that another user serves gets no request, and both users are named") {
    TemporaryDirectory dir;
    SocketServer server{dir / "s",
                        [](const std::string&, const Peer& peer) { peer.write(http_answer(200, "text/plain", "ok\n")); }};
    const auto other = ::geteuid() + 1;
    Client client{talos::http::Endpoint{dir / "s", other}};
    const auto refused = client.request("POST", "/v1/shutdown", patience);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message().find("uid " + std::to_string(::geteuid())) != std::string::npos);
    CHECK(refused.error().message().find("uid " + std::to_string(other)) != std::string::npos);
    CHECK(Client{talos::http::Endpoint{dir / "s", ::geteuid()}}.request("GET", "/", patience).has_value());
}
