#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace talos::checks {

/// The status of an HTTP/1 answer, read from its head as it comes in. Interim answers (1xx, RFC 9110 section 15.2) are skipped, all but 101,
/// after which no HTTP follows. Lines end with CR LF or LF alone, and the status line needs no reason (RFC 9112, sections 2.2 and 4).
class HttpHead {
public:
    enum class State { incomplete, complete, no_http, too_long };

    static constexpr std::size_t longest = std::size_t{64} << 10;   ///< of all heads together, in bytes

    State take(std::string_view bytes);
    /// Of the final answer; complete only.
    [[nodiscard]] unsigned status() const { return status_; }

private:
    State line(std::string_view text);

    std::string line_;       // what came of the current one
    std::size_t size_ = 0;   // of all that was taken
    unsigned status_ = 0;    // of the head that is being read; 0: its status line is still to come
};

}   // namespace talos::checks
