#pragma once
#include "cli/logs/log_view.hpp"
#include "cli/logs/remote_log.hpp"
#include "cli/logs/remote_runs.hpp"
#include "cli/session/context.hpp"
#include "core/time.hpp"
#include "http/client/client.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace talos::cli {

/// Follows logs over few connections, each for up to 100 logs.
class RemoteFollow {
public:
    /// The number of connections that one talosctl may use without starving others, and of logs per connection.
    static constexpr std::size_t most_streams = 32;
    static constexpr std::size_t logs_of_a_stream = 100;
    static constexpr std::size_t most_logs = most_streams * logs_of_a_stream;

    /// `runs` may be null. All references must outlive this object.
    RemoteFollow(Context& context, http::Client& client, LogView& view, std::vector<RemoteLog> logs, RemoteRuns* history,
                 RunMarks* runs);

    /// Runs until no log is left or the reader of the output closes it. Returns the exit code.
    [[nodiscard]] int run();

private:
    // A sequence of connections for the same logs.
    struct Stream {
        std::vector<std::size_t> logs;
        std::unordered_map<std::string_view, std::size_t> by_worker = {};
        std::optional<http::Inquiry> exchange = {};
        bool named = false;           // its lines are prefixed with their workers' names
        SteadyTime not_before = {};   // earliest time of the next connection attempt
    };
    void gather();
    void check_doubtful();
    void connect(Stream& stream);
    [[nodiscard]] std::string target_of(const Stream& stream);
    [[nodiscard]] bool read(Stream& stream);
    void refused(const Stream& stream, const http::Response& response);
    void take(Stream& stream, std::string_view line);
    void end_log(const http::Response& response);
    [[nodiscard]] bool reader_left();

    Context& context_;
    http::Client& client_;
    LogView& view_;
    std::vector<RemoteLog> logs_;
    RemoteRuns* history_;
    RunMarks* runs_;
    std::vector<Stream> streams_;
    std::vector<std::size_t> loose_;      // logs without a stream
    std::vector<std::size_t> doubtful_;   // logs that talosd may have ended; each is checked with its own request
    std::size_t per_stream_ = logs_of_a_stream;
    SteadyTime check_not_before_{};
    bool noted_ = false;   // the note about waiting for talosd was printed
    int ended_;            // exit code for the log that ended last
};

}   // namespace talos::cli
