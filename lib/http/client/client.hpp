// http/client: The asking side of the API: one connection a request, blocking, without Asio.
// talosctl uses it; an exit code is not its business.
// Begin with client.hpp.
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

/// The asking side of the control API: one connection a request, blocking, for a program that does nothing else meanwhile. No Asio: what
/// is not used costs nothing at the start.
namespace talos::http {

struct Response {
    unsigned status = 0;
    std::string type;   ///< Content-Type
    std::string body;
    std::vector<std::string> left_out{};   ///< what is missing from a stream, each a sentence; known at its end
    [[nodiscard]] bool good() const { return status >= 200 && status < 300; }
};

/// false ends the stream.
using LineSink = std::function<bool(std::string_view line)>;

/// A request that was sent, and its answer on the way. For who waits for other things besides; the others use Client.
class Inquiry {
public:
    Inquiry(Inquiry&&) noexcept;
    Inquiry& operator=(Inquiry&&) noexcept;
    ~Inquiry();

    /// Readable when take() has something to do; -1 once the answer is complete.
    [[nodiscard]] int fd() const;
    /// Takes what has come, without waiting; true once the answer is complete. With `line`, each whole line of the body of a 2xx
    /// answer goes there, without its newline, instead of into response().body. Fails with ECONNRESET when the peer left half-way,
    /// EPROTO for what is no HTTP.
    [[nodiscard]] Result<bool> take(const LineSink& line = {});
    /// Complete once take() said so; the status is 0 before the header has come.
    [[nodiscard]] const Response& response() const;

private:
    friend class Client;
    struct State;
    explicit Inquiry(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A control socket, and which user's process has to serve it.
struct Endpoint {
    Endpoint(std::string socket_path, std::optional<uid_t> expected = {})
        : path(std::move(socket_path)), server(expected) {}   // implicit: a path alone is an endpoint
    std::string path;
    std::optional<uid_t> server;   ///< connect() refuses a socket that a process of another user listens on; absent: any
};

/// The process that listens on a socket, by the kernel's word: it noted them when the process called listen(2).
struct Listener {
    pid_t pid = 0;   ///< 0: of another PID namespace
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

    /// Connects now; the next request uses this connection. Fails with ENOENT or ECONNREFUSED when no process listens, EACCES when the
    /// socket is closed to us, and with a sentence when another user than the expected one serves it.
    [[nodiscard]] Result<Listener> connect();
    /// A pidfd of the listening process, for the caller to close; -1 without a connection, or before Linux 6.5.
    [[nodiscard]] int open_listener() const;

    /// Sends the request, and waits for nothing. Fails like connect(). `accept`: the header; may be empty.
    [[nodiscard]] Result<Inquiry> send(std::string_view method, std::string_view target, std::string_view accept = {});

    /// The whole answer. Fails like send() and Inquiry::take, with ETIMEDOUT, and with EINTR after SIGINT, SIGTERM or SIGHUP (those
    /// that are not ignored; see `interrupted_by`).
    [[nodiscard]] Result<Response> request(std::string_view method, std::string_view target, Millis timeout);

    /// The same for a stream: each line of the body as it comes, without its newline; false from `line` ends it. No deadline between
    /// lines. An answer that is no 2xx is not streamed but returned whole, as is the status at the end.
    [[nodiscard]] Result<Response> stream(std::string_view method, std::string_view target, std::string_view accept,
                                          const LineSink& line, std::optional<Millis> timeout = {});

    /// The signal that ended a request; 0: none. From then on every request fails with EINTR before anything is sent: Ctrl-C during a
    /// question also cancels the command that would have followed it.
    [[nodiscard]] int interrupted_by() const { return interrupted_by_; }

private:
    Endpoint endpoint_;
    int connected_ = -1;
    int interrupted_by_ = 0;
};

}   // namespace talos::http
