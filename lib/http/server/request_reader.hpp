#pragma once
#include "http/routes/route.hpp"
#include <cstddef>
#include <memory>
#include <string_view>

namespace talos::http {

/// Parses bytes into one HTTP/1.x request. The body is counted and discarded, since no route uses one.
class RequestReader {
public:
    enum class State { more, complete, failed };

    RequestReader(std::size_t header_bytes, std::size_t body_bytes);
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;
    ~RequestReader();

    /// Returns the number of consumed bytes. The others belong to the next request, or must be passed again with more data.
    [[nodiscard]] std::size_t feed(std::string_view bytes);

    /// The time limit for the request has passed.
    void time_out();

    [[nodiscard]] State state() const { return state_; }
    /// Part of a request has arrived.
    [[nodiscard]] bool begun() const { return begun_; }
    /// The peer waits for 100 Continue before it sends the body.
    [[nodiscard]] bool wants_continue() const;

    // --- when complete
    [[nodiscard]] const Request& request() const;
    [[nodiscard]] bool is_http_1_0() const;
    [[nodiscard]] bool keep_alive() const;
    // --- when failed: the error answer
    [[nodiscard]] const Problem& problem() const { return problem_; }

private:
    class Parser;
    void fail(unsigned status, std::string code, std::string detail);
    void check();

    std::unique_ptr<Parser> parser_;
    std::size_t header_bytes_;
    std::size_t taken_ = 0;
    State state_ = State::more;
    bool begun_ = false;
    Problem problem_;
};

}   // namespace talos::http
