#pragma once
#include "http/routes/route.hpp"
#include "http/server/host.hpp"
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace talos::http {

struct Answer {
    unsigned status = 200;
    std::string_view type = "application/json";
    std::string body;
    std::string allow;   ///< with 405
};
[[nodiscard]] Answer answer_of(const Problem& problem);

/// One request and its answer, which is either complete or a stream. It lives in the coroutine that answers.
class Exchange {
public:
    Exchange(Connection& peer, Host& host, Request request, bool http_1_0, bool keep_alive)
        : peer_(peer), host_(host), request_(std::move(request)), http_1_0_(http_1_0), keep_alive_(keep_alive) {}

    [[nodiscard]] Connection& peer() { return peer_; }
    [[nodiscard]] Host& host() { return host_; }
    [[nodiscard]] const Request& request() const { return request_; }
    [[nodiscard]] bool is_head() const { return request_.method == "HEAD"; }
    /// Another request may follow.
    [[nodiscard]] bool keep_alive() const { return keep_alive_ && !peer_.finishing(); }

    /// The time from here to the answer's first byte is charged to the user.
    void begin_work() { working_since_ = std::chrono::steady_clock::now(); }

    [[nodiscard]] Task send(Answer answer);

    // --- a stream: begin, any number of pieces, end. After begin of a HEAD request nothing follows.
    [[nodiscard]] Task begin(std::string_view type);
    [[nodiscard]] Task put(std::string_view piece);
    [[nodiscard]] Task end();
    /// `left_out`: sentences about what is missing from the stream, each sent as a trailer field. An HTTP/1.0 answer has no
    /// trailers.
    [[nodiscard]] Task end_without(std::vector<std::string> left_out);
    /// The framing around pieces of a stream that are sent by other means.
    [[nodiscard]] std::string opening(std::size_t bytes) const;
    [[nodiscard]] std::string_view closing() const { return http_1_0_ ? std::string_view{} : "\r\n"; }
    [[nodiscard]] std::string_view ending() const { return http_1_0_ ? std::string_view{} : "0\r\n\r\n"; }

private:
    void charge();
    [[nodiscard]] std::string head(unsigned status, std::string_view type) const;

    Connection& peer_;
    Host& host_;
    Request request_;
    bool http_1_0_;
    bool keep_alive_;
    std::optional<SteadyTime> working_since_;
};

}   // namespace talos::http
