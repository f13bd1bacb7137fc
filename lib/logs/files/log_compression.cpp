#include "logs/files/log_compression.hpp"

#include "logs/files/log_series.hpp"
#include "posix/children/discarded_file.hpp"
#include "posix/files/folder.hpp"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace talos::logs {

namespace {

std::string temporary_of(const std::string& name) { return "." + name + ".zst.tmp"; }

}   // namespace

Result<std::optional<LogCompression>> open_uncompressed(const posix::Location& path, unsigned keep) {
    auto folder = posix::Folder::open(path, posix::Folder::Use::write);
    if (!folder && folder.error().errno_value() == ENOENT) return std::nullopt;
    if (!folder) return folder.error();
    LogCompression opened;
    std::optional<Failure> failure;
    for (unsigned number = keep; number > 0 && !opened.from; --number) {
        auto from = folder->open_existing(old_log(folder->name(), number), O_RDONLY);
        if (from) opened.from = std::move(*from);
        else if (from.error().errno_value() != ENOENT) failure = from.error();
    }
    if (!opened.from && failure) return *failure;
    if (!opened.from) return std::nullopt;
    auto to = folder->create(temporary_of(folder->name()));   // one of a talosd that was killed goes
    if (!to) return to.error();
    opened.to = std::move(*to);
    struct stat info {};
    if (::fstat(opened.from.get(), &info) != 0) return last_error("stat an old log of " + path.path);
    opened.source = key_of(info);
    opened.modified = info.st_mtim;
    return std::optional(std::move(opened));
}

Result<posix::UniqueFd> publish_compressed(const posix::Location& path, unsigned keep, const FileKey& source,
                                           const timespec& modified) {
    auto folder = posix::Folder::open(path, posix::Folder::Use::write);
    if (!folder && folder.error().errno_value() == ENOENT) return posix::UniqueFd{};
    if (!folder) return folder.error();
    const auto temporary = temporary_of(folder->name());
    folder->set_times(temporary, modified);
    for (unsigned number = 1; number <= keep; ++number) {
        const auto plain = old_log(folder->name(), number);
        const auto info = folder->stat(plain);
        if (!info || key_of(*info) != source) continue;
        if (auto renamed = folder->rename(temporary, compressed_log(folder->name(), number)); !renamed) return renamed.error();
        auto held = posix::hold_large(*folder, plain);
        if (!folder->vacate(plain)) return last_error("remove " + folder->shown(plain));
        return held;
    }
    (void)folder->vacate(temporary);
    return posix::UniqueFd{};
}

void remove_uncompleted(const posix::Location& path) {
    auto folder = posix::Folder::open(path, posix::Folder::Use::write);
    if (folder) (void)folder->vacate(temporary_of(folder->name()));
}

}   // namespace talos::logs
