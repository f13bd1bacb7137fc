#include "posix/log_series.hpp"

#include "posix/folder.hpp"

namespace talos::posix {

std::string old_log(const std::string& path, unsigned number) {
    std::string name = path;
    if (number > 0) name.append(".").append(std::to_string(number));
    return name;
}

std::string compressed_log(const std::string& path, unsigned number) { return old_log(path, number) + ".zst"; }

bool has_compressed(const Folder& folder, unsigned keep) {
    for (unsigned number = 1; number <= keep; ++number)
        if (folder.stat(compressed_log(folder.name(), number))) return true;
    return false;
}

namespace {

/// Another user may put any number of files there, and the loop waits for the removal.
constexpr unsigned most_left = 1000;

bool remove(Folder& folder, unsigned number, bool compressed) {
    const bool plain = folder.vacate(old_log(folder.name(), number));
    return (compressed && folder.vacate(compressed_log(folder.name(), number))) || plain;
}

}  // namespace

Result<> shift_logs(Folder& folder, unsigned keep, bool compressed) {
    const auto& path = folder.name();
    // Left from a time when more were kept.
    for (unsigned number = keep + 1; number <= keep + most_left && remove(folder, number, compressed); ++number) {}
    // Not left to the rename that would replace it: ext4 then writes out at once whatever of the other file is not on the disk yet.
    (void)remove(folder, keep, compressed);
    for (unsigned number = keep; number > 0; --number) {
        auto moved = folder.rename(old_log(path, number - 1), old_log(path, number));
        const bool missing = !moved && moved.error().errno_value() == ENOENT;
        if (!moved && !missing) return moved;
        if (!compressed || number == 1) continue;
        if (missing) moved = folder.rename(compressed_log(path, number - 1), compressed_log(path, number));
        else (void)folder.vacate(compressed_log(path, number - 1));   // it is the same
        if (!moved && moved.error().errno_value() != ENOENT) return moved;
    }
    return {};
}

Result<> shift_logs(const Location& path, unsigned keep, bool compressed) {
    auto folder = Folder::open(path, Folder::Use::write);
    return folder ? shift_logs(*folder, keep, compressed) : Result<>(folder.error());
}

std::time_t next_midnight(std::time_t time) {
    tm local{};
    ::localtime_r(&time, &local);
    ++local.tm_mday;
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    return ::mktime(&local);
}

}  // namespace talos::posix
