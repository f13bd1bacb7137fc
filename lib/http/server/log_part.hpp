#pragma once
#include "http/server/commands.hpp"
#include "logs/read/log_reader.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the streams of logs share.
namespace talos::http {

/// The part of a worker's log that was asked for.
struct LogPart {
    LogPart(std::string its_worker, std::string its_path)
        : worker(std::move(its_worker)), path(std::move(its_path)), begin(path, logs::LogReader::Pace::slices), end(begin) {}
    std::string worker;
    std::string path;
    logs::LogReader begin;
    logs::LogReader end;   ///< for an answer that does not follow
};

[[nodiscard]] Answer conflict(std::string code, std::string detail);

/// Sets begin and end, a step at a time. False when the peer has gone; a failure of the search is left in `failure`.
[[nodiscard]] Task find_part(Connection& peer, LogPart& part, api::LogRange range, std::optional<Failure>& failure);

/// Whether the peer may still read on: rights may have changed, and the worker may be gone or log to another place.
[[nodiscard]] bool goes_on(Exchange& exchange, const LogPart& part);

/// A piece of a stream, as one chunk. A follower may take the time it likes; `follows`: it is one.
[[nodiscard]] Task pass_bytes(Exchange& exchange, std::string_view bytes, bool follows);

/// What could not be read of it, each once.
[[nodiscard]] std::vector<std::string> skipped_by(const logs::LogReader& reader, const logs::LogReader& end);

/// Why so many logs cannot be followed.
[[nodiscard]] std::optional<Problem> too_many(Exchange& exchange, std::size_t logs);

/// Of several logs, line by line: each line behind its worker's name and a blank. A follower gets a line with the name alone when a log has
/// ended for it: the worker was removed, or logs to another place, or may be read no more.
[[nodiscard]] Task stream_many_logs(Exchange& exchange, std::vector<LogPart> parts, bool follow);

}   // namespace talos::http
