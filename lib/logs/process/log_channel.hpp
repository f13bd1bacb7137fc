// logs/process: Logs in directories of another user: a process with that user's rights writes them, talosd sends it lines.
// No answer of that process is trusted beyond its own logs.
// Begin with log_writers.hpp.
#pragma once
#include "core/time.hpp"
#include "logs/files/log_file.hpp"
#include "logs/process/log_writer_messages.hpp"
#include "posix/files/walk.hpp"
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace talos::logs {

class LogWriter;

/// One log of a writer process, as talosd has it: what is to be written, in order, and the one request that is not answered yet.
struct LogChannel {
    /// What is done once as many bytes more were written.
    struct Mark {
        std::size_t behind;
        LogRequest::Kind what;
    };
    std::uint32_t number = 0;
    std::string path;
    RotatingFile::Policy policy;
    LogFileUser* user = nullptr;   ///< null: nobody has this log any more, and it is closed once it is settled
    std::string buffer;
    std::deque<Mark> marks;
    bool open_asked = false;
    std::optional<LogRequest::Kind> asked;          ///< the request that is not answered yet
    std::uint32_t request = 0;                      ///< its number
    std::size_t sent = 0;                           ///< bytes of the buffer that went with it
    bool placed = false;                            ///< the process knows the log
    std::optional<posix::ForeignDirectory> place;   ///< still to be sent
    std::pair<dev_t, ino_t> inode{};                ///< of the directory that was sent last, and the way from it
    std::string rest;
    SteadyTime looked{};   ///< when that was compared with what is there
    bool mid_line = false;
    bool misplaced = false;
    bool stalled = false;

    /// A reopening that is to come does not count.
    [[nodiscard]] bool settled() const { return !asked && buffer.empty() && !open_asked && !rotates(); }
    [[nodiscard]] bool rotates() const;
    void wrote(std::size_t bytes);
    /// Forgets what was to be written, and returns it.
    [[nodiscard]] std::string take_all();
    /// The size of the next piece to be written: whole lines, where that is possible.
    [[nodiscard]] std::size_t next_piece() const;
};

/// A log in a directory of another user. It ends without waiting: what it has taken is written all the same.
class RemoteLogFile final : public LogFile {
public:
    RemoteLogFile(std::shared_ptr<LogWriter> writer, std::shared_ptr<LogChannel> channel)
        : writer_(std::move(writer)), channel_(std::move(channel)) {}
    ~RemoteLogFile() override;
    [[nodiscard]] Result<> open() override;
    [[nodiscard]] Result<> write(std::string_view head, std::string_view lines, std::size_t& taken) override;
    [[nodiscard]] Result<> rotate() override;
    void reopen() override;
    void set_policy(const RotatingFile::Policy& policy) override { channel_->policy = policy; }
    [[nodiscard]] bool mid_line() const override { return channel_->mid_line; }
    [[nodiscard]] bool has_room() const override;
    [[nodiscard]] bool settled() const override { return channel_->settled(); }
    [[nodiscard]] bool ready() override;
    [[nodiscard]] bool misplaced() const override { return channel_->misplaced; }
    [[nodiscard]] std::string give_up() override;

private:
    std::shared_ptr<LogWriter> writer_;
    std::shared_ptr<LogChannel> channel_;
};

}   // namespace talos::logs
