#pragma once
#include "aio/probe.hpp"
#include "aio/types.hpp"
#include "core/endpoint.hpp"
#include "posix/unique_fd.hpp"
#include <memory>

namespace talos::aio {

/// Whether a connection is accepted. It is closed at once.
class TcpProbe : public Probe {
public:
    TcpProbe(const Executor& executor, Endpoint endpoint) : endpoint_(std::move(endpoint)), waiting_(executor) {}
    void start(Done done) override;

protected:
    /// There is a connection. The last thing that is done here.
    virtual void connected() { finish({}); }
    /// Tells what came of it; `this` may be gone afterwards.
    void finish(Result<> result);
    /// Calls it once the socket is ready, unless this is gone then.
    void when(Descriptor::wait_type ready, std::function<void()> then);
    [[nodiscard]] int fd() { return socket_ ? socket_.get() : waiting_.native_handle(); }

private:
    enum class Connection { there, coming };
    [[nodiscard]] Result<Connection> connect();
    void connect_finished();

    Endpoint endpoint_;
    posix::UniqueFd socket_;   // until something has to be waited for
    Descriptor waiting_;       // from then on
    Done done_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace talos::aio
