#pragma once
#include "aio/name_lookups.hpp"
#include "aio/timer.hpp"
#include "checks/probes/probe.hpp"
#include "core/endpoint.hpp"
#include "core/time.hpp"
#include "posix/rights/unique_fd.hpp"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::checks {

/// Whether a connection is accepted. It is closed at once. Several addresses of a name are tried in turn: each has an equal share of the time that
/// is left, so that one that does not answer leaves some for the next.
class TcpProbe : public Probe {
public:
    /// `names`: looks up the host of an endpoint that has no address of its own; it must outlive the probe.
    TcpProbe(const aio::Executor& executor, Endpoint endpoint, aio::NameLookups& names)
        : endpoint_(std::move(endpoint)), names_(names), addresses_(own_addresses(endpoint_.host)), waiting_(executor),
          share_(executor) {}
    void start(Done done, Millis longest) override;
    [[nodiscard]] std::string where() const override;

protected:
    /// There is a connection. The last thing that is done here.
    virtual void connected() { finish({}); }
    /// Tells what came of it; `this` may be gone afterwards.
    void finish(Result<> result);
    /// Calls it once the socket is ready, unless this is gone then.
    void when(aio::Descriptor::wait_type ready, std::function<void()> then);
    [[nodiscard]] int fd() { return socket_ ? socket_.get() : waiting_.native_handle(); }

private:
    enum class Connection { there, coming };
    [[nodiscard]] Result<Connection> connect(const std::string& address);
    void resolved(const aio::NameLookups::Answer& answer);
    /// Nothing while a connection is coming; success when there is one.
    [[nodiscard]] std::optional<Result<>> try_next();
    void go_on(const std::optional<Result<>>& outcome);
    void connect_finished();
    void give_up_address(Failure failure);
    void wait_share();
    [[nodiscard]] Result<> all_failed() const;

    Endpoint endpoint_;
    aio::NameLookups& names_;
    std::vector<std::string> addresses_;
    std::size_t next_ = 0;            // of them
    std::vector<Failure> failures_;   // of those that were tried
    posix::UniqueFd socket_;          // until something has to be waited for
    aio::Descriptor waiting_;         // from then on
    aio::Timer share_;                // of the address that is tried, when more are left
    unsigned attempt_ = 0;            // a handler of an earlier one may be queued
    SteadyTime deadline_{};
    Done done_;
    aio::NameLookups::Request wish_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::checks
