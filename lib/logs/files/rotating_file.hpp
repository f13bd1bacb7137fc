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

/// A log file that keeps its name: NAME is the current one, NAME.1 the newest old one, up to NAME.keep.
/// Opened O_APPEND, mode 0600; missing parent folders are made (0700). Synchronous, no fsync. Files are opened, renamed and removed
/// with the rights and by the rules of Folder.
///
/// When somebody else renames or removes the file, lines go to a new one of its name at the latest one second of writing later;
/// when somebody empties it, its size is known again as soon. It is found by looking at most once a second, and only while writing.
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

    /// Opens now what write() would open at the first line.
    [[nodiscard]] Result<> open();

    /// Writes lines, rotating between them, never inside one. On a failure `written` says how many bytes of `lines` reached the
    /// file: always whole lines, what a full disk left of a torn one is cut off again. The next call tries again with the file as it
    /// is then. When the last line has no '\n', the next call goes on with it (mid_line). Such a line is cut by rotation only
    /// when it alone has become larger than a file may be.
    [[nodiscard]] Result<> write(std::string_view lines, std::size_t* written = nullptr) { return write({}, lines, written); }
    /// `head` and `lines` as one.
    [[nodiscard]] Result<> write(std::string_view head, std::string_view lines, std::size_t* written);

    /// Now, or at the first write after its last line has become whole. An empty one stays.
    [[nodiscard]] Result<> rotate_now();

    /// Closes the file; the next write opens whatever has the name then.
    void close();
    /// close(), but not within a line: after an outside rotation, SIGUSR1.
    void reopen();

    /// The large files that rotations have left without a name: closing one is what frees its space.
    [[nodiscard]] std::vector<posix::UniqueFd> take_replaced() { return std::exchange(replaced_, {}); }

    /// For a warning, once each: what was done about a file that root had left in another user's directory; that a file of another user's
    /// directory makes every write wait for the disk. Nothing otherwise.
    [[nodiscard]] std::unique_ptr<std::string> take_notice() { return std::move(notice_); }

    /// From the next write on.
    void set_policy(Policy policy);

    /// The last use of its directory failed because of `own_only`.
    [[nodiscard]] bool is_foreign() const { return foreign_; }

    [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }
    [[nodiscard]] bool mid_line() const { return mid_line_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const std::string& path() const { return file_.path; }
    [[nodiscard]] const posix::Location& location() const { return file_; }
    /// Counts rotations and reopenings, so that who shares the descriptor (stdout of a detached daemon) can follow.
    [[nodiscard]] unsigned generation() const { return generation_; }

private:
    struct Pieces;
    enum class FolderUse { make, read };
    [[nodiscard]] Result<posix::Folder> folder(FolderUse use);
    [[nodiscard]] Result<> prepare();
    void look_outside();
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
    std::uint64_t line_bytes_ = 0;   // of the unfinished line, in this file
    std::chrono::steady_clock::time_point looked_{};
    std::chrono::steady_clock::time_point due_steady_{};
    DailyDue due_daily_;
    unsigned generation_ = 0;
    bool mid_line_ = false;
    bool asked_ = false;   // to rotate, as soon as the last line is whole
    bool reopen_ = false;
    bool due_known_ = false;
    bool noticed_ = false;
    bool foreign_ = false;
    bool synchronous_ = false;     // which was told
    bool old_looked_at_ = false;   // for compressed ones from a time when that was the policy
};

}   // namespace talos::logs
