#pragma once
#include "core/result.hpp"
#include "logs/files/daily_due.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace talos::posix {
class Folder;
}

namespace talos::logs {

/// A log file with a fixed name: NAME is the current file, NAME.1 the newest old one, and so on up to NAME.keep. Opened with
/// O_APPEND and mode 0600; missing parent directories are created (0700). Synchronous, no fsync. Files are opened, renamed and
/// removed with the rights and rules of Folder.
///
/// If another process renames or removes the file, talosd switches to a new one of the same name after at most one second of
/// writing. If another process truncates the file, talosd notices in the same time. It checks at most once a second, and only
/// while writing.
class RotatingFile {
public:
    struct Policy {
        std::uint64_t size = 10u << 20;   ///< no write of whole lines makes the file larger; a single longer line does
        unsigned keep = 5;                ///< old files; 0: the current one is emptied, or replaced where that would take long
        std::chrono::milliseconds every{0};   ///< and when it was begun this long ago, on the steady clock; 0: by size alone
        bool daily = false;                   ///< and at the first line after local midnight, also when the clock is set back
        bool compressed = false;              ///< old ones may be compressed
        bool hand_over = false;               ///< take_replaced() gets the large files that a rotation removes
        bool own_only = false;                ///< fails where root would use another user's rights: see is_foreign()
    };

    RotatingFile(posix::Location file, Policy policy) : file_(std::move(file)), policy_(policy) {}
    RotatingFile(RotatingFile&&) = default;
    RotatingFile& operator=(RotatingFile&&) = default;
    ~RotatingFile();

    /// Opens the file that write() would open for the first line.
    [[nodiscard]] Result<> open();

    /// Writes lines, and rotates between lines but never within one. After a failure, `written` is the number of bytes of `lines`
    /// in the file. These are complete lines: a line that a full disk has cut off is removed again. The next call retries with
    /// the file as it is then. If the last line has no newline, the next call continues it (mid_line). Rotation splits such a
    /// line only if it alone is larger than the maximum size of a file.
    [[nodiscard]] Result<> write(std::string_view lines, std::size_t* written = nullptr) { return write({}, lines, written); }
    /// Writes `head` and `lines` as one piece.
    [[nodiscard]] Result<> write(std::string_view head, std::string_view lines, std::size_t* written);

    /// Rotates now, or at the first write after the last line is complete. An empty file is not rotated.
    [[nodiscard]] Result<> rotate_now();

    /// Closes the file. The next write opens the file that has the name then.
    void close();
    /// Like close(), but not within a line. For SIGUSR1 after an external rotation.
    void reopen();

    /// The large files that rotations have removed. Closing one frees its blocks.
    [[nodiscard]] std::vector<posix::UniqueFd> take_replaced() { return std::exchange(replaced_, {}); }

    /// A warning, once for each problem: how a file of root in another user's directory was handled, or that a file in another
    /// user's directory makes every write wait for the disk. nullptr if there is none.
    [[nodiscard]] std::unique_ptr<std::string> take_notice() { return std::move(notice_); }

    /// Takes effect at the next write.
    void set_policy(Policy policy);

    /// The last use of its directory failed because of `own_only`.
    [[nodiscard]] bool is_foreign() const { return foreign_; }

    [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }
    [[nodiscard]] bool mid_line() const { return mid_line_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const std::string& path() const { return file_.path; }
    [[nodiscard]] const posix::Location& location() const { return file_; }
    /// Counts rotations and reopenings, so that code that shares the descriptor (stdout of a detached talosd) can follow them.
    [[nodiscard]] unsigned generation() const { return generation_; }

private:
    struct Pieces;
    enum class FolderUse { make, read };
    [[nodiscard]] Result<posix::Folder> folder(FolderUse use);
    [[nodiscard]] Result<> prepare();
    void check_name();
    void set_due();
    void set_daily(std::time_t now);
    [[nodiscard]] bool due() const;
    [[nodiscard]] bool may_cut() const { return !mid_line_ || line_bytes_ >= policy_.size; }
    [[nodiscard]] Result<> rotate();
    [[nodiscard]] Result<> empty();
    [[nodiscard]] bool give_up_name(posix::Folder& folder);
    [[nodiscard]] Result<> shift(posix::Folder& folder, unsigned keep);
    [[nodiscard]] Result<> replace_roots_file(posix::Folder& folder);
    [[nodiscard]] Result<> open_in(posix::Folder& folder);
    void notice_synchronous(const posix::Folder& folder);
    [[nodiscard]] Result<> append(const Pieces& lines, std::size_t& written);
    void remember_end(const Pieces& lines);
    void cut_torn_line(const Pieces& lines, std::size_t done, std::size_t& written);

    posix::Location file_;
    Policy policy_;
    posix::UniqueFd fd_;
    std::vector<posix::UniqueFd> replaced_;
    std::unique_ptr<std::string> notice_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t line_bytes_ = 0;   // length of the incomplete line in this file
    std::chrono::steady_clock::time_point checked_{};
    std::chrono::steady_clock::time_point due_steady_{};
    DailyDue due_daily_;
    unsigned generation_ = 0;
    bool mid_line_ = false;
    bool rotation_pending_ = false;   // a rotation is pending until the last line is complete
    bool reopen_ = false;
    bool due_known_ = false;
    bool noticed_ = false;
    bool foreign_ = false;
    bool synchronous_ = false;   // which was told
    bool old_checked_ = false;   // for compressed files from a time when that was the policy
};

}   // namespace talos::logs
