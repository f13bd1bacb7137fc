#pragma once
#include "aio/probe.hpp"
#include "aio/types.hpp"
#include "core/endpoint.hpp"
#include <memory>

namespace talos::aio {

/// Whether a connection is accepted. It is closed at once.
class TcpProbe : public Probe {
public:
    TcpProbe(const Executor& executor, Endpoint endpoint) : endpoint_(std::move(endpoint)), socket_(executor) {}
    void start(Done done) override;

protected:
    /// There is a connection. The last thing that is done here.
    virtual void connected() { finish({}); }
    /// Tells what came of it; `this` may be gone afterwards.
    void finish(Result<> result);
    /// Calls it once the socket is ready, unless this is gone then.
    void when(Descriptor::wait_type ready, std::function<void()> then);
    [[nodiscard]] int fd() { return socket_.native_handle(); }

private:
    [[nodiscard]] Result<> connect();
    void connect_finished();

    Endpoint endpoint_;
    Descriptor socket_;
    Done done_;
    Result<> early_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace talos::aio
