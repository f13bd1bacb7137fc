// http/client: The client side of the API: one connection per request, blocking, without Asio. talosctl uses it. Exit codes are
// not decided here. Begin with client.hpp.
#pragma once
#include "api/left_out.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// The client of the control API: one connection per request, blocking, for a program that does nothing else meanwhile. It does
/// without Asio, which keeps the start of talosctl short.
namespace talos::http {

struct Response {
    unsigned status = 0;
    std::string type;   ///< Content-Type
    std::string body;
    std::vector<std::string> left_out{};   ///< what is missing from a stream, one sentence each; known at its end
    [[nodiscard]] bool good() const { return status >= 200 && status < 300; }
};

/// false ends the stream.
using LineSink = std::function<bool(std::string_view line)>;

/// A request that was sent, and its answer in progress. For callers that also wait for other things; others use Client.
class Inquiry {
public:
    Inquiry(Inquiry&&) noexcept;
    Inquiry& operator=(Inquiry&&) noexcept;
    ~Inquiry();

    /// readable when take() has data to read; -1 once the answer is complete
    [[nodiscard]] int fd() const;
    /// Reads what has arrived without blocking. Returns true once the answer is complete. With `line`, each complete line of the
    /// body of a 2xx answer goes there, without its newline, instead of into response().body. Fails with ECONNRESET if the peer
    /// closes before the end, and with EPROTO if the answer is not HTTP.
    [[nodiscard]] Result<bool> take(const LineSink& line = {});
    /// Complete once take() has returned true. The status is 0 until the header has arrived.
    [[nodiscard]] const Response& response() const;

private:
    friend class Client;
    struct State;
    explicit Inquiry(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A control socket and the user whose process must serve it.
struct Endpoint {
    Endpoint(std::string socket_path, std::optional<uid_t> expected = {})
        : path(std::move(socket_path)), server(expected) {}   // implicit: a path alone is an endpoint
    std::string path;
    std::optional<uid_t> server;   ///< connect() refuses a socket that a process of another user listens on; nullopt: any user
};

/// The process that listens on a socket. The kernel recorded it when the process called listen(2).
struct Listener {
    pid_t pid = 0;   ///< 0: in another PID namespace
    uid_t uid = 0;
};

class Client {
public:
    explicit Client(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}
    Client(Client&& other) noexcept;
    Client& operator=(Client&&) = delete;
    ~Client();

    [[nodiscard]] const std::string& path() const { return endpoint_.path; }
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

    /// Connects now; the next request uses this connection. Fails with ENOENT or ECONNREFUSED if no process listens, with EACCES
    /// if the socket's mode denies access, and with a sentence if another user than the expected one serves it.
    [[nodiscard]] Result<Listener> connect();
    /// A pidfd of the listening process, which the caller must close; -1 without a connection or before Linux 6.5.
    [[nodiscard]] int open_listener() const;

    /// Sends the request without waiting for the answer. Fails like connect(). `accept` is the Accept header; may be empty.
    [[nodiscard]] Result<Inquiry> send(std::string_view method, std::string_view target, std::string_view accept = {});

    /// Returns the whole answer. Fails like send() and Inquiry::take, with ETIMEDOUT, and with EINTR after SIGINT, SIGTERM or
    /// SIGHUP (unless ignored; see `interrupted_by`).
    [[nodiscard]] Result<Response> request(std::string_view method, std::string_view target, Millis timeout);

    /// The same for a stream: passes on each line of the body as it arrives, without its newline. `line` returns false to end it.
    /// There is no deadline between lines. An answer other than 2xx is not streamed but returned whole, as is the status at the
    /// end.
    [[nodiscard]] Result<Response> stream(std::string_view method, std::string_view target, std::string_view accept,
                                          const LineSink& line, std::optional<Millis> timeout = {});

    /// The signal that interrupted a request; 0: none. From then on every request fails with EINTR before anything is sent, so
    /// Ctrl-C during a query also cancels the command that would follow it.
    [[nodiscard]] int interrupted_by() const { return interrupted_by_; }

private:
    Endpoint endpoint_;
    int connected_ = -1;
    int interrupted_by_ = 0;
};

}   // namespace talos::http
