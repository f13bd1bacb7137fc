#pragma once
#include "cli/api.hpp"
#include "cli/daemon_watch.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

/// How talosd stands, again and again: by what it answers, and by its files where they can be read.
namespace talos::cli {

class Picture {
public:
    using LineSink = std::function<void(std::string_view)>;
    using What = DaemonWatch::What;

    Picture() = default;
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    virtual ~Picture() = default;

    /// One look that misses nothing which happens afterwards.
    [[nodiscard]] virtual Result<daemon::Probe> look() = 0;
    /// Sleeps until it may have changed; see DaemonWatch::wait.
    [[nodiscard]] virtual What wait(std::optional<SteadyTime> deadline, int other = -1, int output = -1) = 0;
    /// The journal's lines since the last call, or since the first look.
    virtual void history(const LineSink& line) = 0;
};

/// The way that is open to us now. A failure says which was tried.
[[nodiscard]] Result<std::unique_ptr<Picture>> open_picture(const Context& context, Usage usage = Usage::without);

}  // namespace talos::cli
