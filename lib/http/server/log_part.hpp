#pragma once
#include "http/server/commands.hpp"
#include "logs/read/log_reader.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Parts shared by the streams of logs.
namespace talos::http {

/// The requested part of a worker's log.
struct LogPart {
    LogPart(std::string its_worker, std::string its_path)
        : worker(std::move(its_worker)), path(std::move(its_path)), begin(path, logs::LogReader::Pace::slices), end(begin) {}
    std::string worker;
    std::string path;
    logs::LogReader begin;
    logs::LogReader end;   ///< for an answer that does not follow
};

[[nodiscard]] Answer conflict(std::string code, std::string detail);

/// Sets begin and end, in steps. False if the peer has disconnected. `failure` receives a failure of the search.
[[nodiscard]] Task find_part(Connection& peer, LogPart& part, api::LogRange range, std::optional<Failure>& failure);

/// Whether the peer may continue to read: rights may have changed, and the worker may have been removed or log to another file.
[[nodiscard]] bool goes_on(Exchange& exchange, const LogPart& part);

/// Sends a piece of a stream as one chunk. With `follows`, the peer may take any time to accept it.
[[nodiscard]] Task pass_bytes(Exchange& exchange, std::string_view bytes, bool follows);

/// Messages about parts that could not be read, each once.
[[nodiscard]] std::vector<std::string> skipped_by(const logs::LogReader& reader, const logs::LogReader& end);

/// Why that many logs cannot be followed; nullopt if they can.
[[nodiscard]] std::optional<Problem> too_many(Exchange& exchange, std::size_t logs);

/// Streams several logs line by line: each line follows its worker's name and a blank. When a followed log ends, the peer gets a
/// line with the name only: the worker was removed, logs to another file, or may no longer be read.
[[nodiscard]] Task stream_many_logs(Exchange& exchange, std::vector<LogPart> parts, bool follow);

}   // namespace talos::http
