#include "config/files/worker_inspection.hpp"

#include "config/document/locate.hpp"
#include "config/sections/directories_reader.hpp"
#include "posix/children/worker_directory.hpp"
#include "posix/files/hanging_mounts.hpp"
#include "posix/files/visible_file.hpp"
#include "posix/spawn/exec_path.hpp"
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::config {

namespace {

/// Whether the error means that the file does not exist. Any other error (no search permission, for example) leaves that unknown.
bool says_missing(const Failure& failure) {
    const int error = failure.errno_value();
    return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

/// PATH in the worker's environment.
std::string search_path(const WorkerSpec& worker) {
    for (auto variable = worker.env.rbegin(); variable != worker.env.rend(); ++variable)
        if (variable->first == "PATH") return variable->second;
    const char* given = std::getenv("PATH");
    return given != nullptr ? given : "/usr/local/bin:/usr/bin:/bin";
}

struct Named {
    const std::vector<std::string>& command;
    std::string pointer;
};

/// All commands of the worker.
std::vector<Named> commands_of(const WorkerSpec& worker) {
    std::vector<Named> all{{worker.command, "/command"}};
    for (const auto hook : config::all_hooks)
        if (const auto* spec = config::find_hook(worker, hook))
            all.push_back({spec->command, "/hooks/" + std::string(to_text(hook)) + "/command"});
    if (const auto* spec = config::find_hook(worker, Hook::reload)) all.push_back({spec->command, "/reload/command"});
    using Probe = ProbeSpec::Kind;
    const auto* ready = worker.ready.get();
    if (ready != nullptr && ready->kind == ReadySpec::Kind::probe && ready->probe.kind == Probe::exec)
        all.push_back({ready->probe.command, "/ready/exec"});
    const auto* health = worker.health.get();
    if (health != nullptr && health->kind == HealthSpec::Kind::probe && health->probe.kind == Probe::exec)
        all.push_back({health->probe.command, "/health/exec"});
    return all;
}

std::optional<std::string> environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

/// The directories that talosd creates for the worker. They need not exist yet.
struct OwnDirectories {
    std::vector<std::string> paths;
    std::vector<Remark> complaints;
};
OwnDirectories directories_of(const WorkerSpec& worker, uid_t user) {
    OwnDirectories own;
    const auto* directories = worker.directories.get();
    if (directories == nullptr) return own;
    for (const auto kind : config::all_directory_kinds) {
        if (directories->of(kind).empty()) continue;
        const auto complain = [&](const Failure& failure) {
            own.complaints.push_back({Remark::Weight::warning, "/directories/" + std::string(to_text(kind)), failure.message()});
        };
        const auto base = config::directory_base(kind, ::geteuid() == 0, environment);
        if (!base) {
            complain(base.error());
            continue;
        }
        for (const auto& directory : directories->of(kind)) {
            const posix::DirectoryPlace place{*base, directory.name};
            own.paths.push_back(place.path());
            if (posix::may_hang(place.path())) continue;
            if (const auto checked = posix::check_directory(place, user); !checked) complain(checked.error());
        }
    }
    return own;
}

bool lies_in_one(const std::string& path, const std::vector<std::string>& directories) {
    return std::any_of(directories.begin(), directories.end(),
                       [&](const std::string& directory) { return path == directory || config::lies_in(path, directory); });
}

template <class Ask>
const std::string& remember(std::map<std::string, std::string>& known, const std::string& key, const Ask& ask) {
    const auto found = known.find(key);
    return found != known.end() ? found->second : known.emplace(key, ask()).first->second;
}

}   // namespace

std::string program_complaint(const std::string& program, const std::string& path, const std::string& cwd) {
    constexpr std::size_t longest = 200;   // maximum length of a name in a message
    const auto name = program.size() <= longest ? program : program.substr(0, longest) + "…";
    bool refused = false;
    for (auto candidate : posix::exec_candidates(program, {"PATH=" + path})) {
        if (!candidate.starts_with('/')) candidate = cwd + '/' + candidate;
        if (posix::may_hang(candidate)) return {};
        const auto file = posix::VisibleFile::find(candidate);
        if (!file) {
            if (!says_missing(file.error())) return {};
            continue;
        }
        const auto mode = file->info().st_mode;
        constexpr mode_t any_execute = S_IXUSR | S_IXGRP | S_IXOTH;
        if (S_ISREG(mode) && (mode & any_execute) != 0) return {};
        refused = true;
    }
    if (refused) return "the program " + name + " is not an executable file";
    if (program.find('/') != std::string::npos) return "the program " + name + " does not exist";
    return "the program " + name + " is not in PATH (" + path + ")";
}

std::string directory_complaint(const std::string& path) {
    if (posix::may_hang(path)) return {};
    const auto file = posix::VisibleFile::find(path);
    if (file) return S_ISDIR(file->info().st_mode) ? "" : "the working directory " + path + " is not a directory";
    return says_missing(file.error()) ? "the working directory " + path + " does not exist" : "";
}

std::vector<Remark> WorkerInspection::operator()(const WorkerSpec& worker) const {
    std::vector<Remark> remarks;
    const auto* process = worker.process.get();
    const auto name = process != nullptr && known_->rights_of ? process->user : std::string();
    const posix::Credentials* user = nullptr;
    if (!name.empty()) {
        const auto [entry, fresh] = known_->users.try_emplace(name);
        if (fresh) entry->second = known_->rights_of(name);
        if (!entry->second) return remarks;   // an unknown user is reported separately
        user = &*entry->second;
    }
    const auto own = directories_of(worker, user != nullptr ? user->uid : ::geteuid());
    const bool owner_known = user != nullptr || process == nullptr || process->user.empty();
    if (owner_known) remarks.insert(remarks.end(), own.complaints.begin(), own.complaints.end());
    const auto rights = posix::see_as(user);
    if (!rights) return remarks;
    const auto viewer = name + '\n';
    const auto& directory = remember(known_->directories, viewer + worker.cwd, [&] { return directory_complaint(worker.cwd); });
    const bool made_later = lies_in_one(worker.cwd, own.paths);
    if (!directory.empty() && !made_later) remarks.push_back({Remark::Weight::warning, "/cwd", directory});
    const auto path = search_path(worker);
    for (const auto& [command, pointer] : commands_of(worker)) {
        if (command.empty() || command.front().empty()) continue;
        const bool relative = !command.front().starts_with('/') && command.front().find('/') != std::string::npos;
        if (relative && !directory.empty()) continue;   // already reported with the directory
        const auto& complaint =
            remember(known_->programs, viewer + path + '\n' + worker.cwd + '\n' + command.front(),
                     [&, &program = command.front()] { return program_complaint(program, path, worker.cwd); });
        if (!complaint.empty()) remarks.push_back({Remark::Weight::warning, pointer, complaint});
    }
    return remarks;
}

}   // namespace talos::config
