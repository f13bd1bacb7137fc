#include "posix/children/discarded_file.hpp"
#include "posix/children/short_child.hpp"
#include "posix/files/folder.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace talos::posix {

namespace {

constexpr off_t large = 1 << 20;
constexpr off_t quickly_freed = 16 << 20;   // takes 40 ms if all blocks are scattered

Discard& discard_hook() {
    static Discard hook;
    return hook;
}

off_t allocated(const struct stat& info) {
    constexpr off_t unit = 512;   // stat(2)
    return static_cast<off_t>(info.st_blocks) * unit;
}

bool is_padded(const struct stat& info) { return allocated(info) > info.st_size + large; }

}   // namespace

/// Decides by allocated blocks: a sparse file is cheap to free, and blocks may be allocated beyond the end of the file.
UniqueFd hold_large(Folder& folder, const std::string& name) {
    const auto info = folder.stat(name);
    if (!info || !S_ISREG(info->st_mode) || (!is_padded(*info) && (info->st_size < large || allocated(*info) < large))) return {};
    auto file = folder.open_existing(name, O_WRONLY);
    if (!file && file.error().errno_value() == EACCES && folder.make_writable(name)) file = folder.open_existing(name, O_WRONLY);
    return file ? std::move(*file) : UniqueFd{};
}

UniqueFd hold_large(const Location& file) {
    auto folder = Folder::open(file, Folder::Use::write);
    return folder ? hold_large(*folder, folder->name()) : UniqueFd{};
}

bool is_forgotten(const UniqueFd& file) {
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || info.st_nlink != 0) return false;
    // A write lease is granted only if no other descriptor has the file open. A file without a name cannot be opened afterwards.
    if (::fcntl(file.get(), F_SETLEASE, F_WRLCK) != 0) return false;
    return ::fcntl(file.get(), F_SETLEASE, F_UNLCK) == 0;
}

bool has_blocks_behind_its_end(const UniqueFd& file) {
    struct stat info {};
    return ::fstat(file.get(), &info) == 0 && is_padded(info);
}

bool is_freed_quickly(const UniqueFd& file) {
    struct stat info {};
    return ::fstat(file.get(), &info) != 0 || (allocated(info) <= quickly_freed && !is_padded(info));
}

void set_discard(Discard discard) { discard_hook() = std::move(discard); }

void close_log(UniqueFd& file) {
    struct stat info {};
    const auto& discard = discard_hook();
    if (file && discard && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 0 &&
        allocated(info) >= large)
        return discard(std::move(file));
    file.reset();
}

Result<pid_t> free_in_child(UniqueFd& file) {
    constexpr std::chrono::seconds longest{10};
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error("pipe2");
    const UniqueFd closed(ends[0]);
    const UniqueFd ours(ends[1]);
    auto child = start_short_child(
        {std::min(file.get(), closed.get()), std::max(file.get(), closed.get())}, longest,
        [&closed] {
            char byte = 0;
            while (::read(closed.get(), &byte, sizeof byte) < 0 && errno == EINTR) {
            }   // the child ends when the caller has closed both descriptors
        },
        "frees a removed file");
    if (child) file.reset();
    return child;
}

bool shorten(const UniqueFd& file, std::uint64_t bytes) {
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || info.st_size == 0) return false;
    const auto less = std::min(static_cast<off_t>(bytes), info.st_size);
    return ::ftruncate(file.get(), info.st_size - less) == 0 && info.st_size > less;
}

}   // namespace talos::posix
