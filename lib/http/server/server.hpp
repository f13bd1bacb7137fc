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

/// The bounds of what peers can cost.
struct Limits {
    std::size_t connections = 128;        ///< at the limit the one that has been idle longest goes; followers are not idle
    std::size_t of_a_user = 64;           ///< of them, of one user that is neither the owner nor root
    std::size_t of_users = 96;            ///< of them, of all these users together: the rest is the owner's and root's
    std::size_t streams_of_a_user = 32;   ///< of the connections of such a user, those that follow
    std::size_t connects_at_once = 200;   ///< of such a user, beside one more every so often; 503 answers the others
    std::size_t connects_per_second = 100;
    std::size_t logs_of_a_request = 100;   ///< that are followed; each is an open file
    std::size_t logs_of_users = 1'024;     ///< followed by such requests of other users than the owner and root, all together;
                                           ///< an eighth of the descriptors that talosd may open when that is less
    std::size_t header_bytes = 16u << 10;
    std::size_t body_bytes = 64u << 10;
    std::chrono::milliseconds request{5'000};   ///< from the first byte (or the connect) to the complete request
    std::chrono::milliseconds idle{60'000};     ///< between two requests of a connection
    std::chrono::milliseconds write{10'000};    ///< without any progress of the peer; a whole answer has six times as long
    std::size_t follower_bytes = 256u << 10;    ///< that wait for one follower; one that is slower is told so and dropped
};

/// HTTP/1.1 on a Unix socket, one coroutine per connection on the loop's thread. Costs nothing while nobody connects.
class Server {
public:
    /// `path` may be longer than a socket address can hold. `mode`: 0600 in the data directory, 0666 where an access list decides.
    struct DaemonLocation {
        std::string path;
        unsigned mode = 0600;
    };

    /// `service` outlives the server.
    Server(const aio::Executor& executor, api::Service& service, Access access, Limits limits = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Binds and listens; an unused socket of our own user is replaced. Fails with the path and what is in the way.
    /// The file is watched: when it is deleted, it is made again after a second; when another one stands in its place, as soon as that may be
    /// replaced.
    [[nodiscard]] Result<> listen(const DaemonLocation& place);
    void set_access(Access access);
    /// Answers as before, but a deleted file stays deleted: for the time in which the workers are stopped. close() is quicker after it.
    void begin_end();
    /// Takes no more connections and removes the file; those that are open finish their answers. Streams get an end.
    void close();
    /// Afterwards nothing of it is left in the loop: for the end of talosd.
    void abort();
    [[nodiscard]] std::size_t connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}   // namespace talos::http
