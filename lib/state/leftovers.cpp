#include "state/leftovers.hpp"
#include "posix/files/folder.hpp"
#include "posix/processes/identity.hpp"
#include "state/journal.hpp"
#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <dirent.h>
#include <memory>
#include <string_view>
#include <unistd.h>

namespace talos::state {
namespace {

Result<> remove_one(posix::Folder& folder, const std::string& name) {
    if (folder.vacate(name) || !folder.stat(name)) return {};
    return failure_of(EBUSY, "unlink " + folder.shown(name));
}

/// Removes temporary files of posix::AtomicFile whose writer was killed before the rename.
void remove_half_written(const std::string& directory, posix::Folder& folder) {
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir(directory.c_str()), close);
    if (!dir) return;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if ((name.starts_with(".status.json.") || name.starts_with(".overrides.json.")) && name.ends_with(".tmp"))
            (void)remove_one(folder, entry->d_name);
    }
}

/// The sequence number at the start of a journal line; 0 if it is not such a line.
std::uint64_t sequence_at(std::string_view line) {
    constexpr std::string_view key = R"({"sequence":)";
    std::uint64_t number = 0;
    if (line.starts_with(key)) std::from_chars(line.data() + key.size(), line.data() + line.size(), number);
    return number;
}

std::int64_t number_in(const boost::json::object& entry, std::string_view key) {
    const auto* value = entry.if_contains(key);
    const auto* number = value != nullptr ? value->if_int64() : nullptr;
    return number != nullptr ? *number : 0;
}

/// The journal is written before the status, which may lag behind. This adds starts that only the journal contains. A program
/// that overwrites its environment (with its title in ps, for example) can only be found by its recorded identity.
void add_journalled_starts(StatusDocument& document, const std::string& journal) {
    const auto add = [&](const boost::json::object& entry) {
        const auto* name = entry.if_contains("worker");
        const std::int64_t pid = number_in(entry, "pid");
        const std::int64_t ticks = number_in(entry, "startTicks");
        if (name == nullptr || !name->is_string() || pid <= 1 || ticks <= 0) return;
        const auto row = std::find_if(document.workers.begin(), document.workers.end(),
                                      [&](const WorkerStatus& one) { return one.name == std::string_view(name->get_string()); });
        if (row == document.workers.end()) return;
        row->pid = static_cast<pid_t>(pid);   // a start means that the previous run has no processes left
        row->start_ticks = static_cast<std::uint64_t>(ticks);
        row->started_at.reset();
    };
    (void)read_journal(journal, [&](std::string_view line) {   // an unreadable journal adds nothing
        if (sequence_at(line) <= document.head.sequence) return true;
        boost::system::error_code error;
        const auto value = boost::json::parse(line, error);
        if (!error && value.is_object()) add(value.get_object());
        return true;
    });
}

}   // namespace

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
                                     ", which runs without the lock on " + files.pid_file() + "; stop it first");
    }
    add_journalled_starts(*document, files.event_file());
    return std::optional{std::move(*document)};
}

Result<> remove_files(const DataDirectory& files, PidFile& lock) {
    {
        auto folder = posix::Folder::open(files.own(files.status_file()), posix::Folder::Use::write);
        if (!folder) return folder.error().errno_value() == ENOENT ? Result<>{} : Result<>(folder.error());   // no directory
        remove_half_written(files.path(), *folder);
        if (const auto removed = remove_one(*folder, "status.json"); !removed) return removed;
        if (const auto removed = remove_one(*folder, "control.sock"); !removed) return removed;
    }
    return lock.remove();
}

}   // namespace talos::state
