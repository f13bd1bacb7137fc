#include "http/server/commands.hpp"
#include "http/server/request_reader.hpp"
#include <algorithm>

namespace talos::http {

namespace {

SteadyTime now() { return std::chrono::steady_clock::now(); }

/// Reads until there is a request or a failure. False if there is nothing to answer: the peer has disconnected, or its time limit
/// passed without input.
Task read_request(Connection& peer, const Limits& limits, RequestReader& reader, bool first) {
    auto until = now() + (first ? limits.request : limits.idle);
    bool begun = first;
    bool encouraged = false;
    for (;;) {
        auto& input = peer.input();
        input.erase(0, reader.feed(input));
        if (reader.state() != RequestReader::State::more) co_return true;
        if (reader.begun() && !std::exchange(begun, true)) until = now() + limits.request;
        if (peer.input_ended() || peer.finishing()) co_return false;
        if (now() >= until) {
            reader.time_out();
            co_return reader.begun();
        }
        if (reader.wants_continue() && !std::exchange(encouraged, true))
            if (!co_await peer.send("HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
        if (!co_await peer.pause(until)) co_return false;
    }
}

/// Waits until the peer's user may use the loop again. `commands`: the request changes something.
Task await_turn(Connection& peer, Host& host, bool commands) {
    for (;;) {
        const auto turn = std::max(host.turn_of(peer.peer()), commands ? host.command_turn_of(peer.peer()) : SteadyTime::min());
        if (now() >= turn) co_return true;
        if (peer.finishing() || !co_await peer.pause(turn)) co_return false;
    }
}

Task respond(Exchange& exchange) {
    exchange.begin_work();
    const auto routed = route(exchange.request());
    if (const auto* problem = std::get_if<Problem>(&routed)) {
        auto answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    co_return co_await execute(exchange, std::get<api::Command>(routed));
}

}   // namespace

Task converse(std::shared_ptr<Connection> peer, std::shared_ptr<Host> host) {
    for (bool first = true;; first = false) {
        peer->occupy(Connection::Occupation::reading);
        RequestReader reader(host->limits.header_bytes, host->limits.body_bytes);
        if (!co_await read_request(*peer, host->limits, reader, first)) co_return false;
        peer->occupy(Connection::Occupation::answering);
        if (reader.state() == RequestReader::State::failed) {
            Exchange exchange(*peer, *host, {}, false, false);
            auto answer = answer_of(reader.problem());
            if (!co_await exchange.send(std::move(answer))) co_return false;
            co_return co_await peer->linger();
        }
        const bool commands = reader.request().method == "POST";
        if (!co_await await_turn(*peer, *host, commands)) co_return false;
        Exchange exchange(*peer, *host, reader.request(), reader.is_http_1_0(), reader.keep_alive());
        const bool answered = co_await respond(exchange);
        peer->stop_listening();
        if (!answered || !exchange.keep_alive()) co_return answered;
        // Yields to others, in case the peer has sent many requests at once.
        if (!peer->input().empty() && !co_await peer->yield()) co_return false;
    }
}

}   // namespace talos::http
