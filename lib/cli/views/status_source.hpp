#pragma once
#include "cli/session/api.hpp"
#include "cli/session/daemon_watch.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

/// The repeatedly updated status of talosd: from its answers, and from its files if they can be read.
namespace talos::cli {

class StatusSource {
public:
    using LineSink = std::function<void(std::string_view)>;
    using What = DaemonWatch::What;

    StatusSource() = default;
    StatusSource(const StatusSource&) = delete;
    StatusSource& operator=(const StatusSource&) = delete;
    virtual ~StatusSource() = default;

    /// Reads the status once. Changes after that are not missed.
    [[nodiscard]] virtual Result<client::Probe> probe() = 0;
    /// Waits until it may have changed; see DaemonWatch::wait.
    [[nodiscard]] virtual What wait(std::optional<SteadyTime> deadline, int other = -1, int output = -1) = 0;
    /// The journal lines since the last call, or since the first status.
    virtual void history(const LineSink& line) = 0;
};

/// The source that this user can read. The failure names what was tried.
[[nodiscard]] Result<std::unique_ptr<StatusSource>> open_status_source(const Context& context, Usage usage = Usage::without);

}   // namespace talos::cli
