#include "logs/files/rotating_file.hpp"

#include "logs/files/log_series.hpp"
#include "posix/children/discarded_file.hpp"
#include "posix/files/file.hpp"
#include "posix/files/folder.hpp"
#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace talos::logs {
namespace {

using namespace std::chrono_literals;

constexpr auto check_interval = 1s;

/// Ends an incomplete last line of an earlier writer, so that the next line does not continue it.
Result<> finish_last_line(const posix::UniqueFd& fd, std::uint64_t& size, const std::string& path) {
    char last = '\n';
    if (size == 0 || (::pread(fd.get(), &last, 1, static_cast<off_t>(size - 1)) == 1 && last == '\n')) return {};
    if (const auto ended = posix::write_all(fd.get(), "\n", path); !ended) return ended;
    ++size;
    return {};
}

/// The age of the file by its creation time if the file system provides one, otherwise by its last write.
std::chrono::milliseconds age_of(int fd) {
    struct statx info {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME | STATX_MTIME, &info) != 0) return 0ms;
    const auto& begun = (info.stx_mask & STATX_BTIME) != 0 ? info.stx_btime : info.stx_mtime;
    return std::max<std::chrono::milliseconds>(0ms, std::chrono::seconds(::time(nullptr) - begun.tv_sec));
}

bool out_of_descriptors(const Failure& failure) { return failure.errno_value() == EMFILE || failure.errno_value() == ENFILE; }

}   // namespace

/// Two pieces that are written as one: the retained start of a line, and the data that follows.
struct RotatingFile::Pieces {
    std::string_view head;
    std::string_view body;

    [[nodiscard]] std::size_t size() const { return head.size() + body.size(); }
    [[nodiscard]] Pieces first(std::size_t count) const {
        if (count <= head.size()) return {head.substr(0, count), {}};
        return {head, body.substr(0, count - head.size())};
    }
    [[nodiscard]] Pieces without(std::size_t count) const {
        if (count <= head.size()) return {head.substr(count), body};
        return {{}, body.substr(count - head.size())};
    }
    /// The end of the last complete line; 0 if there is none.
    [[nodiscard]] std::size_t whole_lines() const {
        if (const auto found = body.rfind('\n'); found != std::string_view::npos) return head.size() + found + 1;
        return head.rfind('\n') + 1;   // npos + 1 is 0
    }
    /// The end of the first line, or of all data.
    [[nodiscard]] std::size_t first_line() const {
        if (const auto found = head.find('\n'); found != std::string_view::npos) return found + 1;
        const auto found = body.find('\n');
        return head.size() + (found == std::string_view::npos ? body.size() : found + 1);
    }
    /// The length of the complete lines that fit into `room`; all data if it fits.
    [[nodiscard]] std::size_t fitting(std::uint64_t room) const {
        return size() <= room ? size() : first(static_cast<std::size_t>(room)).whole_lines();
    }
};

// --- which file ---------------------------------------------------------------------------------------------------

Result<posix::Folder> RotatingFile::folder(FolderUse use) {
    auto opened = posix::Folder::open(file_, use == FolderUse::make ? posix::Folder::Use::make : posix::Folder::Use::read,
                                      policy_.own_only);
    foreign_ = policy_.own_only && opened && opened->acting() != nullptr;
    if (foreign_) return refused(path() + " is in a directory of " + opened->acting()->user);
    return opened;
}

Result<> RotatingFile::open() {
    if (fd_) return {};
    auto opened = folder(FolderUse::make);
    return opened ? open_in(*opened) : Result<>(opened.error());
}

Result<> RotatingFile::open_in(posix::Folder& folder) {
    auto fd = folder.open_or_create(folder.name(), O_RDWR | O_APPEND);
    if (!fd && fd.error().errno_value() == EACCES && folder.left_by_root(folder.name()) && replace_roots_file(folder))
        fd = folder.open_or_create(folder.name(), O_RDWR | O_APPEND);
    if (!fd) return fd.error();
    struct stat info {};
    if (::fstat(fd->get(), &info) < 0) return last_error("fstat " + path());
    auto size = static_cast<std::uint64_t>(info.st_size);
    if (!mid_line_) {
        if (const auto ended = finish_last_line(*fd, size, path()); !ended) return ended;
    }
    fd_ = std::move(*fd);
    device_ = info.st_dev;
    inode_ = info.st_ino;
    size_ = size;
    due_known_ = false;
    checked_ = std::chrono::steady_clock::now();
    ++generation_;
    notice_synchronous(folder);
    return {};
}

RotatingFile::~RotatingFile() { posix::close_log(fd_); }

void RotatingFile::close() {
    posix::close_log(fd_);
    size_ = 0;
    line_bytes_ = 0;
    reopen_ = false;
}

void RotatingFile::reopen() {
    reopen_ = true;
    if (!mid_line_) close();
}

void RotatingFile::set_policy(Policy policy) {
    policy_ = policy;
    due_known_ = false;
}

/// Follows the rules of Folder: a user must not be able to lead talosd to a file system of its own that hangs.
void RotatingFile::check_name() {
    const auto now = std::chrono::steady_clock::now();
    if (now - checked_ < check_interval) return;
    checked_ = now;
    std::optional<struct stat> named;
    if (const auto opened = folder(FolderUse::read)) {
        named = opened->stat(opened->name());
        notice_synchronous(*opened);
    } else if (out_of_descriptors(opened.error())) {
        return;   // there would be none for another file either
    }
    if (!named || named->st_dev != device_ || named->st_ino != inode_) return close();
    size_ = std::min(size_, static_cast<std::uint64_t>(named->st_size));
}

/// Detects `chattr +S`, which the owner may set at any time.
void RotatingFile::notice_synchronous(const posix::Folder& folder) {
    int flags = 0;
    const bool is = folder.acting() != nullptr && ::ioctl(fd_.get(), FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_SYNC_FL) != 0;
    if (!is || std::exchange(synchronous_, true) || notice_) return;
    notice_ = std::make_unique<std::string>(
        path() + " is written synchronously (chattr +S): each write to it, and to the other logs in directories of " +
        folder.acting()->user + ", waits for the disk; `chattr -S " + path() + "` ends that");
}

void RotatingFile::set_due() {
    due_known_ = true;
    if (policy_.every.count() > 0)
        due_steady_ =
            std::chrono::steady_clock::now() + policy_.every - (size_ > 0 ? std::min(age_of(fd_.get()), policy_.every) : 0ms);
    if (policy_.daily) set_daily(::time(nullptr));
}

void RotatingFile::set_daily(std::time_t now) {
    struct stat info {};
    const bool begun = size_ > 0 && ::fstat(fd_.get(), &info) == 0;
    due_daily_.set(now, begun ? info.st_mtim.tv_sec : now);
}

bool RotatingFile::due() const {
    return (policy_.every.count() > 0 && std::chrono::steady_clock::now() >= due_steady_) ||
           (policy_.daily && due_daily_.passed(::time(nullptr)));
}

Result<> RotatingFile::prepare() {
    if (fd_ && may_cut()) {
        if (reopen_) close();
        else check_name();
    }
    if (const auto opened = open(); !opened) return opened;
    if (rotation_pending_ && size_ > 0 && may_cut()) return rotate();
    if (policy_.every.count() == 0 && !policy_.daily) return {};
    if (!due_known_) set_due();
    else if (const auto now = ::time(nullptr); policy_.daily && due_daily_.outdated(now)) set_daily(now);
    if (!due() || !may_cut()) return {};
    if (size_ > 0) return rotate();
    set_due();   // an empty file begins with this line
    return {};
}

Result<> RotatingFile::rotate_now() {
    if (const auto ready = prepare(); !ready) return ready;
    if (size_ == 0) return {};
    rotation_pending_ = true;
    return may_cut() ? rotate() : Result<>{};
}

Result<> RotatingFile::rotate() {
    rotation_pending_ = false;
    if (policy_.keep == 0) return empty();
    auto opened = folder(FolderUse::make);
    if (!opened) return opened.error();
    if (const auto shifted = shift(*opened, policy_.keep); !shifted) return shifted;
    close();
    return open_in(*opened);
}

/// If freeing the blocks would take long, replaces the file with a new one and hands it over like a file that a rotation removed.
Result<> RotatingFile::empty() {
    if (policy_.hand_over && !posix::is_freed_quickly(fd_)) {
        if (auto opened = folder(FolderUse::make); opened && give_up_name(*opened)) {
            replaced_.push_back(std::move(fd_));
            close();
            return open_in(*opened);
        }
    }
    if (::ftruncate(fd_.get(), 0) < 0) return last_error("truncate " + path());
    size_ = 0;
    line_bytes_ = 0;
    due_known_ = false;
    return {};
}

/// Returns true if the name no longer refers to this file: the file was removed, or another process has renamed it.
bool RotatingFile::give_up_name(posix::Folder& folder) {
    const auto named = folder.stat(folder.name());
    return !named || named->st_dev != device_ || named->st_ino != inode_ || folder.vacate(folder.name());
}

Result<> RotatingFile::shift(posix::Folder& folder, unsigned keep) {
    if (!policy_.compressed && !std::exchange(old_checked_, true) && has_compressed(folder, keep)) policy_.compressed = true;
    return shift_logs(folder, keep, policy_.compressed, policy_.hand_over ? &replaced_ : nullptr);
}

/// Talosd 0.1.0 wrote this file as root, or logrotate created it for root. The owner of the directory cannot write to it but can
/// rename it. An empty file is removed: it has no lines, and logrotate may create one on each run.
Result<> RotatingFile::replace_roots_file(posix::Folder& folder) {
    const auto info = folder.stat(folder.name());
    const bool empty = info && info->st_size == 0;
    if (!empty) {
        if (const auto shifted = shift(folder, std::max(policy_.keep, 1u)); !shifted) return shifted;
    } else if (!folder.vacate(folder.name())) {
        return last_error("remove " + path());
    }
    if (std::exchange(noticed_, true)) return {};
    const auto old = path() + ".1";
    const auto& user = folder.acting()->user;
    notice_ = std::make_unique<std::string>(
        path() + " belonged to root in a directory of " + user + ": " +
        (empty ? "it was empty and was removed"
               : "it was renamed to " + old + ", which `chown " + user + " " + old + "` makes readable") +
        "; the new file belongs to " + user);
    return {};
}

// --- content ------------------------------------------------------------------------------------------------------

Result<> RotatingFile::write(std::string_view head, std::string_view lines, std::size_t* written) {
    Pieces rest{head, lines};
    std::size_t done = 0;
    Result<> result = prepare();
    while (result && rest.size() > 0) {
        auto length = rest.fitting(policy_.size > size_ ? policy_.size - size_ : 0);
        if (length == 0 && size_ > 0 && may_cut()) {
            result = rotate();
            continue;
        }
        // The line is longer than the maximum size of a file, or continues an incomplete line.
        if (length == 0) length = rest.first_line();
        const auto before = done;
        result = append(rest.first(length), done);
        rest = rest.without(done - before);
    }
    if (written != nullptr) *written = done;
    return result;
}

Result<> RotatingFile::append(const Pieces& lines, std::size_t& written) {
    std::size_t done = 0;
    while (done < lines.size()) {
        const auto rest = lines.without(done);
        const iovec parts[] = {{const_cast<char*>(rest.head.data()), rest.head.size()},
                               {const_cast<char*>(rest.body.data()), rest.body.size()}};
        const ssize_t now =
            rest.head.empty() ? ::write(fd_.get(), rest.body.data(), rest.body.size()) : ::writev(fd_.get(), parts, 2);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) break;
        done += static_cast<std::size_t>(now);
    }
    if (done == lines.size()) {
        remember_end(lines);
        size_ += done;
        written += done;
        return {};
    }
    const Failure failure = last_error("write " + path());
    cut_torn_line(lines, done, written);
    return failure;
}

void RotatingFile::remember_end(const Pieces& lines) {
    const char last = lines.body.empty() ? lines.head.back() : lines.body.back();
    mid_line_ = last != '\n';
    if (!mid_line_) {
        line_bytes_ = 0;
        return;
    }
    const auto whole = lines.whole_lines();
    line_bytes_ = (whole == 0 ? line_bytes_ : 0) + lines.size() - whole;
}

void RotatingFile::cut_torn_line(const Pieces& lines, std::size_t done, std::size_t& written) {
    const std::size_t whole = lines.first(done).whole_lines();
    struct stat info {};
    // The size comes from the file, because another process may append to it (stdout of a daemon). Truncating would also free the
    // blocks beyond the end.
    const bool cut = done == whole || (!posix::has_blocks_behind_its_end(fd_) && ::fstat(fd_.get(), &info) == 0 &&
                                       ::ftruncate(fd_.get(), info.st_size - static_cast<off_t>(done - whole)) == 0);
    size_ += whole;
    written += whole;
    if (whole > 0) {
        mid_line_ = false;
        line_bytes_ = 0;
    }
    if (cut) return;
    close();   // the next open ends the incomplete line
    mid_line_ = false;
}

}   // namespace talos::logs
