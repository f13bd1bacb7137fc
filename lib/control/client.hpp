#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace talos::control {

struct Response {
    unsigned status = 0;
    std::string type;      ///< Content-Type
    std::string body;
};

/// One request to talosd's control socket, from a program that does nothing else meanwhile. Blocks; SIGINT, SIGTERM and SIGHUP end it.
class Client {
public:
    explicit Client(std::string socket_path) : path_(std::move(socket_path)) {}

    /// Fails with ENOENT or ECONNREFUSED when nobody listens, EACCES when the socket is closed to us, ETIMEDOUT, EINTR after a signal
    /// (see `interrupted_by`).
    [[nodiscard]] Result<Response> request(std::string_view method, std::string_view target, Millis timeout) const;

    /// The same for a stream: each line of the body as it comes, without its newline; false from `line` ends it. `accept` becomes the
    /// header. No deadline between lines. An answer that is no 2xx is not streamed but returned whole, as is the status at the end.
    [[nodiscard]] Result<Response> stream(std::string_view method, std::string_view target, std::string_view accept,
                                          const std::function<bool(std::string_view)>& line, std::optional<Millis> timeout = {}) const;

    /// The signal that ended the last request; 0: none.
    [[nodiscard]] int interrupted_by() const { return interrupted_by_; }

private:
    std::string path_;
    mutable int interrupted_by_ = 0;
};

}  // namespace talos::control
