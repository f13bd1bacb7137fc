#pragma once
#include "cli/logs/run_marks.hpp"
#include "core/time.hpp"
#include "http/client/client.hpp"
#include <optional>
#include <string>
#include <utility>

namespace talos::cli {

/// The starts in talosd's history, over the control socket.
class RemoteRuns {
public:
    /// `worker`: whose; empty: all of them.
    RemoteRuns(http::Endpoint endpoint, std::string worker) : client_(std::move(endpoint)), worker_(std::move(worker)) {}

    /// All that is kept. Fails like control::Client::stream; a refusal is a response that is no 2xx.
    [[nodiscard]] Result<http::Response> load(RunMarks& runs);

    /// Connects when there is no connection, to get what comes behind the last start; not more often than once a second.
    void follow(const RunMarks& runs, SteadyTime now);
    /// Takes the events that have arrived; does not wait. talosd records the start of a run before it passes on the run's first line: who has
    /// read a line and calls this afterwards has the start of its run.
    void take(RunMarks& runs);
    /// Readable when take() has something to do; -1 without a connection.
    [[nodiscard]] int fd() const { return exchange_ ? exchange_->fd() : -1; }

private:
    [[nodiscard]] std::string target(const std::string& query) const;

    http::Client client_;
    std::string worker_;
    std::optional<http::Inquiry> exchange_;
    SteadyTime not_before_{};
};

}   // namespace talos::cli
