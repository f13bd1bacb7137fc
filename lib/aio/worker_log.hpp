#pragma once
#include "aio/log_format.hpp"
#include "config/model.hpp"
#include "core/time.hpp"
#include "posix/rotating_file.hpp"
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace talos::aio {

/// A worker's log file: cuts what it wrote into lines, formats them, writes and rotates. A file that cannot be written
/// never stops the worker: lines are dropped and counted, the gap is marked when writing works again.
class WorkerLog {
public:
    /// Called when writing begins to fail (with the system's words) and when it works again (empty).
    using OnTrouble = std::function<void(const std::string& trouble)>;

    WorkerLog(const config::LogSpec& spec, std::string path, OnTrouble on_trouble);

    void write(std::string_view bytes);

    /// The worker's run ended: what it wrote without a newline becomes a line.
    void end_of_run();

    void reopen() { file_.close(); }

    /// The keys that take effect while it is in use: size and number of rotated files.
    void rotate_by(const config::LogSpec& spec) { file_.set_policy({spec.rotate_size, spec.keep}); }

    [[nodiscard]] std::uint64_t dropped_bytes() const { return dropped_bytes_; }

private:
    void take_lines(std::string_view bytes);
    void take_raw(std::string_view bytes);
    void put(std::string_view lines);
    void drop(std::string_view lines);
    [[nodiscard]] bool mark_gap();

    config::LogSpec::Format format_;
    posix::RotatingFile file_;
    std::uint64_t dropped_bytes_ = 0;
    OnTrouble on_trouble_;
    std::string held_;                   ///< a line's beginning; at most max_line
    struct Gap {
        std::uint64_t lines = 0;
        std::uint64_t bytes = 0;
        WallTime from{};
    } gap_;
};

}  // namespace talos::aio
