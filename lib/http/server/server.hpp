#pragma once
#include "aio/types.hpp"
#include "api/service.hpp"
#include "core/result.hpp"
#include "http/routes/access.hpp"
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace talos::http {

/// Limits on what peers can consume.
struct Limits {
    std::size_t connections = 128;   ///< at the limit the longest idle one is closed; followers are not idle
    std::size_t of_a_user = 64;      ///< of these, for one user other than the owner and root
    std::size_t of_users = 96;       ///< of these, for all such users together; the others are reserved for the owner and root
    std::size_t streams_of_a_user = 32;   ///< of one such user's connections, those that follow
    std::size_t connects_at_once = 200;   ///< burst of connects of one such user, with a slow refill; further ones get 503
    std::size_t connects_per_second = 100;
    std::size_t logs_of_a_request = 100;   ///< maximum of followed logs in a request; each is an open file
    /// followed by such requests of all users other than the owner and root together; limited to an eighth of talosd's descriptor
    /// limit
    std::size_t logs_of_users = 1'024;
    std::size_t header_bytes = 16u << 10;
    std::size_t body_bytes = 64u << 10;
    std::chrono::milliseconds request{5'000};   ///< from the first byte (or the connect) to the complete request
    std::chrono::milliseconds idle{60'000};     ///< between two requests of a connection
    std::chrono::milliseconds write{10'000};    ///< without progress of the peer; a whole answer has six times as long
    std::size_t follower_bytes = 256u << 10;    ///< data queued for one follower; a slower follower is notified and dropped
};

/// HTTP/1.1 on a Unix socket, one coroutine per connection on the loop's thread. It costs nothing without connections.
class Server {
public:
    /// `path` may be longer than a socket address. `mode`: 0600 in the data directory, 0666 if an access list decides.
    struct DaemonLocation {
        std::string path;
        unsigned mode = 0600;
    };

    /// `service` outlives the server.
    Server(const aio::Executor& executor, api::Service& service, Access access, Limits limits = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Binds and listens. Replaces an unused socket of the same user. Fails with the path and the obstacle. The file is watched:
    /// if it is deleted, it is created again after a second; if another file replaces it, it is created again as soon as that
    /// file may be replaced.
    [[nodiscard]] Result<> listen(const DaemonLocation& place);
    void set_access(Access access);
    /// Keeps answering, but a deleted file stays deleted: for the time in which the workers are stopped. close() is faster after
    /// it.
    void begin_end();
    /// Accepts no more connections and removes the file. Open connections finish their answers. Streams are ended.
    void close();
    /// Afterwards no operation of the server remains in the loop: for the exit of talosd.
    void abort();
    [[nodiscard]] std::size_t connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}   // namespace talos::http
