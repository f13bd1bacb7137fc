#pragma once
#include "config/model/model.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "logs/format/stream.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace talos::logs {

/// Whether a destination wants more now.
enum class Flow : std::uint8_t { on, wait };

struct LogTrouble {
    std::string text;   ///< what fails, on which path, in the system's words
    WallTime since{};
    bool waits = false;   ///< the worker has to; otherwise it loses lines
};

/// A place that a worker's output goes to: a file, talosd's own output; syslog or journald would be others. It is called on the
/// loop's thread, must return without waiting for anybody, and takes whatever it is given: what it cannot pass on now it keeps or
/// counts as dropped.
class LogDestination {
public:
    LogDestination() = default;
    LogDestination(const LogDestination&) = delete;
    LogDestination& operator=(const LogDestination&) = delete;
    virtual ~LogDestination() = default;

    /// What the worker wrote, as it came. `wait`: it has to keep this; no more until retry() says `on`, but for the rest of a run that
    /// ended.
    virtual Flow write(Stream stream, std::string_view bytes) = 0;
    /// The worker's run ended: what it wrote without a newline becomes a line.
    virtual void end_of_run() = 0;

    /// Set while it fails. The owner calls retry() now and then as long as it is.
    [[nodiscard]] virtual const LogTrouble* trouble() const { return nullptr; }
    /// What the last write() would have returned now.
    [[nodiscard]] virtual Flow flow() const { return Flow::on; }
    virtual Flow retry() { return Flow::on; }
    /// The last try: what is still held then counts as dropped.
    virtual void finish() {}
    /// The keys that take effect while it is in use.
    virtual void configure(const config::LogSpec&) {}
    /// Whatever it holds of a file is to be opened anew.
    virtual void reopen() {}
    /// A file is rotated now, or once its last line is whole; an empty one is not.
    [[nodiscard]] virtual Result<> rotate() { return {}; }

    [[nodiscard]] virtual std::uint64_t dropped_lines() const { return 0; }
    [[nodiscard]] virtual std::uint64_t dropped_bytes() const { return 0; }
};

}   // namespace talos::logs
