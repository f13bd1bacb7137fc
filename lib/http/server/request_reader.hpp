#pragma once
#include "http/routes/route.hpp"
#include <cstddef>
#include <memory>
#include <string_view>

namespace talos::http {

/// Bytes in, one HTTP/1.x request out. Its body is counted and thrown away: no route has a use for one.
class RequestReader {
public:
    enum class State { more, complete, failed };

    RequestReader(std::size_t header_bytes, std::size_t body_bytes);
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;
    ~RequestReader();

    /// Says how many bytes it has taken. What it has left belongs to the next request, or must be given again with more behind it.
    [[nodiscard]] std::size_t feed(std::string_view bytes);

    /// The peer has had time enough.
    void time_out();

    [[nodiscard]] State state() const { return state_; }
    /// Something of a request is there.
    [[nodiscard]] bool begun() const { return begun_; }
    /// The peer holds its body back until it is told to go on.
    [[nodiscard]] bool wants_continue() const;

    // --- when complete
    [[nodiscard]] const Request& request() const;
    [[nodiscard]] bool is_http_1_0() const;
    [[nodiscard]] bool keep_alive() const;
    // --- when failed: what to answer
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
