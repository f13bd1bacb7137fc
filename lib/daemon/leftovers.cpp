#include "daemon/leftovers.hpp"
#include "posix/identity.hpp"
#include <dirent.h>
#include <memory>
#include <string_view>
#include <unistd.h>

namespace talos::daemon {
namespace {

Result<> remove_one(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return last_error("unlink " + path);
}

/// Temporary files of posix::AtomicFile whose writer was killed between creating and renaming one.
void remove_half_written(const DataDirectory& files) {
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir(files.path().c_str()), close);
    if (!dir) return;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name.starts_with(".status.json.") && name.ends_with(".tmp")) (void)remove_one(files.path() + "/" + entry->d_name);
    }
}

}  // namespace

Result<std::optional<StatusDocument>> read_left_status(const DataDirectory& files) {
    auto document = read_status(files.status_file());
    if (!document) {
        const int error = document.error().errno_value();
        if (error == EACCES || error == EPERM || error == EIO) return document.error();
        return std::optional<StatusDocument>{};
    }
    const auto& identity = document->head.identity;
    if (identity.pid != ::getpid() && posix::open_process(identity)) {
        return failure_of(EBUSY, files.status_file() + " names process " + std::to_string(identity.pid) +
                                     ", which lives without holding " + files.pid_file() + "; stop it first");
    }
    return std::optional{std::move(*document)};
}

Result<> remove_files(const DataDirectory& files, PidFile& lock) {
    remove_half_written(files);
    if (const auto removed = remove_one(files.status_file()); !removed) return removed;
    if (const auto removed = remove_one(files.socket_file()); !removed) return removed;
    return lock.remove();
}

}  // namespace talos::daemon
