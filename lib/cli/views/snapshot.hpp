#pragma once
#include "cli/session/api.hpp"
#include "cli/session/daemon_watch.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

/// How talosd stands, again and again: by what it answers, and by its files where they can be read.
namespace talos::cli {

class Snapshot {
public:
    using LineSink = std::function<void(std::string_view)>;
    using What = DaemonWatch::What;

    Snapshot() = default;
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    virtual ~Snapshot() = default;

    /// One look that misses nothing which happens afterwards.
    [[nodiscard]] virtual Result<client::Probe> look() = 0;
    /// Sleeps until it may have changed; see DaemonWatch::wait.
    [[nodiscard]] virtual What wait(std::optional<SteadyTime> deadline, int other = -1, int output = -1) = 0;
    /// The journal's lines since the last call, or since the first look.
    virtual void history(const LineSink& line) = 0;
};

/// The way that is open to us now. A failure says which was tried.
[[nodiscard]] Result<std::unique_ptr<Snapshot>> open_picture(const Context& context, Usage usage = Usage::without);

}   // namespace talos::cli
