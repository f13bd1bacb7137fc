#pragma once
#include "config/model/model.hpp"
#include "logs/files/log_file.hpp"
#include "logs/files/rotating_file.hpp"
#include "logs/format/log_format.hpp"
#include "logs/write/log_destination.hpp"
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace talos::logs {

class LogWriters;

/// Who has a file log and is told what becomes of it.
class LogOwner {
public:
    LogOwner() = default;
    LogOwner(const LogOwner&) = delete;
    LogOwner& operator=(const LogOwner&) = delete;
    virtual ~LogOwner() = default;
    /// Writing began to fail, or works again: trouble() says which.
    virtual void trouble_changed(const LogDestination& log) = 0;
    /// Some of what another process writes has reached the file; flow() may have changed.
    virtual void progressed(const LogDestination& log) = 0;
    /// Some of PATH.1 to PATH.keep may be there to be compressed.
    virtual void old_logs(const posix::Location& path, unsigned keep) = 0;
    /// Something was done about the file that a user has to know.
    virtual void noticed(const std::string& text) = 0;
    /// A large file has lost its name to a rotation: closing it takes its time.
    virtual void discarded(posix::UniqueFd file) = 0;
};

/// A worker's log file: cuts what it wrote into lines, formats them, writes and rotates.
///
/// A file that cannot be written never stops talosd. With onFull `drop` lines are counted instead, and one line stands for them once
/// writing works again. With `block` it holds what it was given (the pump then reads no more: at most one read, and what stands in
/// the pipe when the run ends, 1 MiB in all; past that it drops), and writes it then. A file is tried again in retry() only.
///
/// A file in a directory of another user is written by a process of that user (see LogWriters). Then a worker also waits, whatever onFull is, while that
/// process is behind; when it does not answer, the file cannot be written.
class FileLog final : public LogDestination, private LogFileUser {
public:
    /// `writers`: null where talosd writes all files itself.
    FileLog(const config::LogSpec& spec, config::Streams streams, posix::Location path, LogOwner& owner,
            LogWriters* writers = nullptr);

    Flow write(Stream stream, std::string_view bytes) override;
    void end_of_run() override;
    [[nodiscard]] const LogTrouble* trouble() const override { return trouble_ ? &trouble_->told : nullptr; }
    [[nodiscard]] Flow flow() const override;
    Flow retry() override;
    void finish() override;
    /// Rotation, compression, onFull.
    void configure(const config::LogSpec& spec) override;
    void reopen() override { file_->reopen(); }
    [[nodiscard]] Result<> rotate() override;
    [[nodiscard]] std::uint64_t dropped_lines() const override { return dropped_.lines; }
    [[nodiscard]] std::uint64_t dropped_bytes() const override { return dropped_.bytes; }

private:
    /// There while writing fails.
    struct Trouble {
        LogTrouble told;
        WallTime dropping_since{};
        LineCount gap;               // dropped since
        std::string pending;         // formatted, to be written first
        bool trying = false;         // the file has taken what was left, and has not said yet whether it could be written
        LineCount marked;            // of the gap: what the line stands for that the file has taken last
        std::size_t mark_size = 0;   // of that line
    };
    void unwritten(const Failure& failure, std::string lines) override;
    void stalled(const Failure& failure) override;
    void progressed() override;
    void rotated() override;
    void noticed(const std::string& text) override { owner_.noticed(text); }
    void discarded(posix::UniqueFd file) override { owner_.discarded(std::move(file)); }

    [[nodiscard]] bool failing() const { return trouble_ && !trouble_->trying; }
    [[nodiscard]] bool paused() const;
    [[nodiscard]] std::unique_ptr<LogFile> make_file();
    [[nodiscard]] bool replace_misplaced();
    void feed_queue();
    void keep(std::string_view head, std::string_view lines);
    void forget_mark(std::string& lines);
    void healed();
    void feed(Stream stream, std::string_view bytes);
    void feed_lines(Stream stream, std::string_view bytes);
    void feed_raw(Stream stream, std::string_view bytes);
    [[nodiscard]] bool unfinished(Stream stream) const;
    [[nodiscard]] std::string_view piece_of(std::string_view line) const;
    void append_line(const LineFormat& format, std::string_view line, std::string& out) const;
    void cut_held(const LineFormat& format, std::string& held, std::string& out) const;
    void put(std::string_view head, std::string_view lines);
    void fail(const Failure& failure, std::string_view head, std::string_view lines);
    void queue(Stream stream, std::string_view bytes);
    void drop(std::string_view formatted);
    void count_dropped(const LineCount& count);
    void write_pending();
    void mark_gap();
    [[nodiscard]] std::string& held(Stream stream) { return held_[static_cast<std::size_t>(stream)]; }

    LogOwner& owner_;
    LogWriters* writers_;
    posix::Location path_;
    RotatingFile::Policy policy_;
    config::LogSpec::Format format_;
    config::LogSpec::OnFull on_full_;
    config::LogSpec::Compress compress_;
    config::Streams streams_;
    unsigned keep_;
    std::uint32_t max_line_;
    std::string held_[2];   ///< lines' beginnings, by stream; at most max_line each
    std::unique_ptr<Trouble> trouble_;
    std::vector<std::pair<Stream, std::string>> queued_;   ///< as it came, to be formatted after all else
    std::size_t queued_bytes_ = 0;
    bool ending_ = false;
    std::unique_ptr<LogFile> file_;
    LineCount dropped_;
};

}   // namespace talos::logs
