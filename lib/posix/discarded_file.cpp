#include "posix/discarded_file.hpp"
#include "posix/folder.hpp"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::posix {

UniqueFd hold_large(Folder& folder, const std::string& name) {
    constexpr off_t large = 1 << 20;
    constexpr blkcnt_t large_blocks = large / 512;   // the length of a sparse file costs nothing
    const auto info = folder.stat(name);
    if (!info || !S_ISREG(info->st_mode) || info->st_size < large || info->st_blocks < large_blocks) return {};
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
    // A write lease is granted to the only one who has a file open. Without a name nobody can open it after that.
    if (::fcntl(file.get(), F_SETLEASE, F_WRLCK) != 0) return false;
    return ::fcntl(file.get(), F_SETLEASE, F_UNLCK) == 0;
}

bool shorten(const UniqueFd& file, std::uint64_t bytes) {
    struct stat info {};
    if (::fstat(file.get(), &info) != 0 || info.st_size == 0) return false;
    const auto less = std::min(static_cast<off_t>(bytes), info.st_size);
    return ::ftruncate(file.get(), info.st_size - less) == 0 && info.st_size > less;
}

}  // namespace talos::posix
