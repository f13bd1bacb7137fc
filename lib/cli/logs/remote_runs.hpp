#pragma once
#include "cli/logs/run_marks.hpp"
#include "core/time.hpp"
#include "http/client/client.hpp"
#include <optional>
#include <string>
#include <utility>

namespace talos::cli {

/// The run starts in talosd's history, over the control socket.
class RemoteRuns {
public:
    /// `worker`: only this one; empty: all workers.
    RemoteRuns(http::Endpoint endpoint, std::string worker) : client_(std::move(endpoint)), worker_(std::move(worker)) {}

    /// Reads the whole stored history. Fails like http::Client::stream. A refusal is a response other than 2xx.
    [[nodiscard]] Result<http::Response> load(RunMarks& runs);

    /// Connects if there is no connection, to receive what follows the last start. At most one attempt per second.
    void follow(const RunMarks& runs, SteadyTime now);
    /// Reads the events that have arrived, without blocking. talosd records the start of a run before it passes on the run's
    /// first line, so after reading a line this call finds the start of its run.
    void take(RunMarks& runs);
    /// Readable when take() has data; -1 without a connection.
    [[nodiscard]] int fd() const { return exchange_ ? exchange_->fd() : -1; }

private:
    [[nodiscard]] std::string target(const std::string& query) const;

    http::Client client_;
    std::string worker_;
    std::optional<http::Inquiry> exchange_;
    SteadyTime not_before_{};
};

}   // namespace talos::cli
