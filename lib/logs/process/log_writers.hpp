#pragma once
#include "logs/process/log_writer.hpp"
#include <map>
#include <memory>
#include <sys/types.h>

namespace talos::logs {

/// The processes that write logs in the directories of other users, one for each user, started when they are needed.
class LogWriters {
public:
    explicit LogWriters(LogWriterSetup setup) : setup_(std::move(setup)) {}
    LogWriters(const LogWriters&) = delete;
    LogWriters& operator=(const LogWriters&) = delete;
    ~LogWriters() = default;

    /// A log in another user's directory; null for one that talosd writes itself. `user` outlives it.
    [[nodiscard]] std::unique_ptr<LogFile> open(const posix::Location& path, const RotatingFile::Policy& policy,
                                                LogFileUser& user);
    [[nodiscard]] bool is_writer(pid_t pid) const;

    /// talosd ends: waits until all that was taken is written, at most so long in all. What is not written then is given up.
    void flush(Millis longest);
    /// The processes end, and are reaped: waits up to 100 ms in all for that.
    void end();

private:
    LogWriterSetup setup_;
    std::map<uid_t, std::shared_ptr<LogWriter>> writers_;
};

}   // namespace talos::logs
