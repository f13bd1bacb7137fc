#pragma once
#include "core/result.hpp"
#include "logs/files/rotating_file.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstddef>
#include <string>
#include <string_view>

namespace talos::logs {

/// Gets the news of a LogFile.
class LogFileUser {
public:
    LogFileUser() = default;
    LogFileUser(const LogFileUser&) = delete;
    LogFileUser& operator=(const LogFileUser&) = delete;
    virtual ~LogFileUser() = default;

    /// Lines that the file had taken could not be written: all that it had. Not called from within a call of the file, as the next two.
    virtual void unwritten(const Failure& failure, std::string lines) = 0;
    /// The lines that it accepted cannot be written now; it keeps them.
    virtual void stalled(const Failure& failure) = 0;
    /// Something that it had taken was written.
    virtual void progressed() = 0;

    /// There may be old logs to be compressed.
    virtual void rotated() = 0;
    /// Something that a user has to know.
    virtual void noticed(const std::string& text) = 0;
    /// A large file has lost its name.
    virtual void discarded(posix::UniqueFd file) = 0;
};

/// Where formatted lines go: a file of talosd's own, which is written at once, or one in another user's directory, which a process writes.
class LogFile {
public:
    LogFile() = default;
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    virtual ~LogFile() = default;

    [[nodiscard]] virtual Result<> open() = 0;
    /// `head` and `lines` as one. On a failure `taken` says how many of their bytes were taken.
    [[nodiscard]] virtual Result<> write(std::string_view head, std::string_view lines, std::size_t& taken) = 0;
    /// Behind what was taken so far.
    [[nodiscard]] virtual Result<> rotate() = 0;
    virtual void reopen() = 0;
    virtual void set_policy(const RotatingFile::Policy& policy) = 0;
    /// Whether the last byte that was taken is no newline.
    [[nodiscard]] virtual bool mid_line() const = 0;

    /// False: it still takes what must not be lost, and should get no more before progressed().
    [[nodiscard]] virtual bool has_room() const { return true; }
    /// Nothing that it has taken is still to be written.
    [[nodiscard]] virtual bool settled() const { return true; }
    /// Whether a further try has a prospect now. Called for each one.
    [[nodiscard]] virtual bool ready() { return true; }
    /// The last failure means that another kind of LogFile, or one of another user, is needed.
    [[nodiscard]] virtual bool misplaced() const = 0;
    /// At the end of talosd: what it has taken and not written, which it forgets.
    [[nodiscard]] virtual std::string give_up() { return {}; }
};

/// One that talosd writes itself, with its own rights.
class LocalLogFile final : public LogFile {
public:
    LocalLogFile(posix::Location path, RotatingFile::Policy policy, LogFileUser& user);
    [[nodiscard]] Result<> open() override;
    [[nodiscard]] Result<> write(std::string_view head, std::string_view lines, std::size_t& taken) override;
    [[nodiscard]] Result<> rotate() override;
    void reopen() override { file_.reopen(); }
    void set_policy(const RotatingFile::Policy& policy) override { file_.set_policy(policy); }
    [[nodiscard]] bool mid_line() const override { return file_.mid_line(); }
    [[nodiscard]] bool misplaced() const override { return file_.is_foreign(); }

private:
    void tell();
    RotatingFile file_;
    LogFileUser& user_;
    unsigned seen_generation_ = 0;
};

}   // namespace talos::logs
