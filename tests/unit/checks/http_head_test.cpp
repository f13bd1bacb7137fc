#include "checks/probes/http_head.hpp"
#include "support/catch.hpp"

using talos::checks::HttpHead;
using State = HttpHead::State;

namespace {

/// The status of an answer, whole and byte by byte; 0 when it is not complete, or no HTTP.
unsigned status_of(std::string_view text) {
    HttpHead whole;
    HttpHead slow;
    const bool complete = whole.take(text) == State::complete;
    auto state = State::incomplete;
    for (std::size_t at = 0; at < text.size() && state == State::incomplete; ++at) state = slow.take(text.substr(at, 1));
    CAPTURE(std::string(text));
    CHECK(complete == (state == State::complete));
    return complete ? whole.status() : 0;
}

State state_of(std::string_view text) { return HttpHead().take(text); }

}   // namespace

TEST_CASE("http head: the status of the final answer, interim ones are skipped") {
    CHECK(status_of("HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody") == 200);
    CHECK(status_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") == 200);
    CHECK(status_of("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 503 Busy\r\n\r\n") ==
          503);
    CHECK(status_of("HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00") == 101);
    CHECK(state_of("HTTP/1.1 100 Continue\r\n\r\n") == State::incomplete);
}

TEST_CASE("http head: a reason may be missing, and lines may end with LF alone") {
    CHECK(status_of("HTTP/1.1 200\r\n\r\n") == 200);
    CHECK(status_of("HTTP/1.1 200 \r\n\r\n") == 200);
    CHECK(status_of("HTTP/1.0 404 Not Found\nServer: old\n\n") == 404);
}

TEST_CASE("http head: what is no HTTP is reported at once") {
    for (const auto* text :
         {"SSH-2.0-x\r\n", "S", "HTTP/2 200\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 099 X\r\n",
          "HTTP/1.1  200 OK\r\n", "\r\nHTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nno header\r\n"}) {
        CAPTURE(text);
        CHECK(state_of(text) == State::no_http);
    }
}

TEST_CASE("http head: 64 KiB are read, all heads together") {
    const std::string line = "HTTP/1.1 200 OK\r\nX: ";
    const std::string end = "\r\n\r\n";
    CHECK(state_of(line + std::string(HttpHead::longest - line.size() - end.size(), 'y') + end) == State::complete);
    CHECK(state_of(line + std::string(HttpHead::longest - line.size() - end.size() + 1, 'y') + end) == State::too_long);
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nX: " + std::string(40'000, 'y') + end;
    CHECK(state_of(interim + interim) == State::too_long);
}
