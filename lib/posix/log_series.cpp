#include "posix/log_series.hpp"

#include <cstdio>
#include <unistd.h>

namespace talos::posix {

std::string old_log(const std::string& path, unsigned number) {
    std::string name = path;
    if (number > 0) name.append(".").append(std::to_string(number));
    return name;
}

std::string compressed_log(const std::string& path, unsigned number) { return old_log(path, number) + ".zst"; }

bool has_compressed(const std::string& path, unsigned keep) {
    for (unsigned number = 1; number <= keep; ++number)
        if (::access(compressed_log(path, number).c_str(), F_OK) == 0) return true;
    return false;
}

namespace {

bool remove(const std::string& path, unsigned number, bool compressed) {
    const bool plain = ::unlink(old_log(path, number).c_str()) == 0;
    return (compressed && ::unlink(compressed_log(path, number).c_str()) == 0) || plain;
}

Result<> move(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) < 0) return last_error("rename " + from + " to " + to);
    return {};
}

}  // namespace

Result<> shift_logs(const std::string& path, unsigned keep, bool compressed) {
    // Left from a time when more were kept.
    for (unsigned number = keep + 1; remove(path, number, compressed); ++number) {}
    // Not left to the rename that would replace it: ext4 then writes out at once whatever of the other file is not on the disk yet.
    (void)remove(path, keep, compressed);
    for (unsigned number = keep; number > 0; --number) {
        auto moved = move(old_log(path, number - 1), old_log(path, number));
        const bool missing = !moved && moved.error().errno_value() == ENOENT;
        if (!moved && !missing) return moved;
        if (!compressed || number == 1) continue;
        if (missing) moved = move(compressed_log(path, number - 1), compressed_log(path, number));
        else (void)::unlink(compressed_log(path, number - 1).c_str());   // it is the same
        if (!moved && moved.error().errno_value() != ENOENT) return moved;
    }
    return {};
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
