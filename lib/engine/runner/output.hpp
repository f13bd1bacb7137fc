#pragma once
#include "core/result.hpp"
#include "logs/write/file_log.hpp"
#include "logs/write/output_pump.hpp"
#include "logs/write/output_taps.hpp"
#include "logs/write/tail_ring.hpp"
#include "posix/rights/unique_fd.hpp"
#include "state/status_document.hpp"
#include "turn/services.hpp"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace talos::engine {

/// The file of one of a worker's logs, absolute.
[[nodiscard]] posix::Location log_path(const turn::Services& services, const std::string& worker, const config::LogSpec& log);

/// What a worker writes, from its pipes to its destinations. When one of these wants no more, the pipes are not read, so that the
/// worker waits; while one fails it is tried again every second. A worker without a log has none of this.
class Output final : public logs::OutputTaps, private logs::LogOwner {
public:
    Output(turn::Services& services, std::size_t index, const config::WorkerSpec& spec);
    ~Output() override;

    /// The writing ends of a new run's pipes; `err` is empty when stdout and stderr are one. Both are empty when nothing is kept.
    struct Ends {
        logs::ChildEnd out;
        logs::ChildEnd err;
    };
    /// `request`: what is to start the run.
    [[nodiscard]] Result<Ends> open(const posix::SpawnRequest& request);
    /// Nothing was started.
    void no_run();
    /// The main process was reaped: what stands in the pipes is read and passed on.
    void run_ended();

    /// As if the worker had written it. `wait`: no more until flow() says `on`.
    logs::Flow write(logs::Stream stream, std::string_view bytes);
    [[nodiscard]] logs::Flow flow() const { return flow_; }
    /// Whether one of these inodes is a pipe of the current or last run.
    [[nodiscard]] bool reads_one_of(const std::vector<std::uint64_t>& pipes) const;

    void add(std::unique_ptr<logs::LogDestination> listener) override { destinations_.push_back(std::move(listener)); }
    void remove(const logs::LogDestination& listener) override;

    /// Other destinations: for a worker that has no process.
    void rebuild(const config::WorkerSpec& spec);
    /// The keys that take effect at once.
    void configure(const config::WorkerSpec& spec);
    void reopen();
    /// All of its files; the first failure.
    [[nodiscard]] Result<> rotate();
    /// talosd is ending, and finish() follows soon: passes on what is left.
    void end();
    /// talosd ends: what cannot be written now never will be.
    void finish();

    [[nodiscard]] std::vector<std::string> last_lines(std::size_t count) const { return tail_.lines(count); }
    [[nodiscard]] std::uint64_t read_bytes() const { return read_bytes_; }
    /// Of all destinations, since talosd started.
    [[nodiscard]] logs::LineCount dropped() const;
    /// Absent when all is well and nothing was ever dropped.
    [[nodiscard]] std::optional<state::LogStatus> status() const;

private:
    struct Retry;
    void trouble_changed(const logs::LogDestination& log) override;
    void progressed(const logs::LogDestination& log) override;
    void old_logs(const posix::Location& path, unsigned keep) override;
    void noticed(const std::string& text) override;
    void discarded(posix::UniqueFd file) override;
    void build(const config::WorkerSpec& spec);
    [[nodiscard]] Result<logs::ChildEnd> open_pipe(logs::Stream stream, const posix::SpawnRequest& request);
    void drain();
    void retry_later();
    void retry();
    void read_on();
    [[nodiscard]] const logs::LogTrouble* trouble() const;

    turn::Services& services_;
    std::size_t index_;
    std::string name_;
    std::vector<std::unique_ptr<logs::LogDestination>>
        destinations_;                             // in the config's order; talosd's view may follow, and who listens
    std::unique_ptr<logs::OutputPump> pumps_[2];   // by stream
    std::unique_ptr<Retry> retry_;                 // while something fails
    config::Streams streams_ = config::Streams::joined;
    logs::Flow flow_ = logs::Flow::on;
    logs::TailRing tail_;
    std::uint64_t read_bytes_ = 0;
    logs::LineCount dropped_before_;   // by destinations that are gone
};

}   // namespace talos::engine
