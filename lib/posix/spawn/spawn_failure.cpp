#include "posix/spawn/spawn_failure.hpp"
#include "core/resource_limit.hpp"
#include "posix/spawn/exec_path.hpp"
#include <array>
#include <cerrno>
#include <unistd.h>

namespace talos::posix {
namespace {

const Credentials* user_of(const SpawnRequest& request) {
    const auto* attributes = request.attributes.get();
    return attributes != nullptr && attributes->credentials ? &*attributes->credentials : nullptr;
}

/// The program was not found in PATH. A script may exist there whose interpreter is missing.
SpawnFailure explain_not_found(const SpawnRequest& request, const std::vector<std::string>& candidates) {
    for (const std::string& candidate : candidates) {
        std::string note = explain_exec_failure(ENOENT, candidate, request.cwd, user_of(request));
        if (!note.empty()) return {SpawnStep::exec, ENOENT, candidate, std::move(note)};
    }
    const std::string& program = request.argv.front();
    if (program.find('/') == std::string::npos) {
        const auto path = find_variable("PATH", request.env);
        const auto place = path.data() == nullptr ? std::string("the default PATH") : "PATH " + std::string(path);
        return {SpawnStep::exec, ENOENT, program, "not found in " + place};
    }
    const bool relative = !program.starts_with('/') && !request.cwd.empty();
    return {SpawnStep::exec, ENOENT, program, relative ? "relative to " + request.cwd : ""};
}

/// For a file that talosd may use and its worker may not.
std::string as_whom(int error, const SpawnRequest& request) {
    const auto* attributes = request.attributes.get();
    if (attributes == nullptr || !attributes->credentials) return "";
    const auto& user = attributes->credentials->user;
    if (error == EACCES || error == EPERM) return "as user " + user;
    if (error == EAGAIN) return "user " + user + " has reached its limit of processes (RLIMIT_NPROC)";
    return "";
}

std::string refused_note(int error) {
    return error == EPERM || error == EACCES ? "talosd runs as uid " + std::to_string(::geteuid()) : "";
}

std::string path_of(int directory) {
    std::array<char, 4096> path{};
    const auto size = ::readlink(("/proc/self/fd/" + std::to_string(directory)).c_str(), path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string explain_cgroup_failure(int error) {
    switch (error) {
    case EACCES:
    case EPERM:
        return "talosd may not move processes there: uid " + std::to_string(::geteuid()) +
               " needs write access to cgroup.procs of both cgroups";
    case EBUSY: return "it enables controllers for child cgroups, so it cannot contain processes";
    case EOPNOTSUPP: return "it is in a threaded part of the hierarchy";
    case ENODEV:
    case ENOENT: return "it has been removed";
    default: return "";
    }
}

/// `nofile 4096`, `nproc 10:20`: soft and hard limit.
std::string limit_text(const ChildAttributes* attributes, int index) {
    if (index == file_size_limit) return "fsize";
    if (attributes == nullptr || index < 0) return "nofile";
    const auto& limit = attributes->limits.at(static_cast<std::size_t>(index));
    const auto shown = [](const std::optional<std::uint64_t>& value) {
        if (!value) return std::string("-");
        return *value == ~std::uint64_t{0} ? std::string("unlimited") : std::to_string(*value);
    };
    std::string text(resource_name(limit.resource));
    text.append(" ").append(shown(limit.soft));
    return limit.soft == limit.hard ? text : text + ":" + shown(limit.hard);
}

}   // namespace

std::string explain_clone_failure(int error) {
    switch (error) {
    case EAGAIN: return "the limit of processes is reached: RLIMIT_NPROC, or pids.max of the cgroup";
    case EMFILE: return "the limit of open files is reached: RLIMIT_NOFILE";
    case ENFILE: return "the system's limit of open files is reached: fs.file-max";
    default: return "";
    }
}

SpawnFailure explain(const ChildReport& report, const SpawnRequest& request, const std::vector<std::string>& candidates) {
    const auto step = static_cast<SpawnStep>(report.step);
    const auto* attributes = request.attributes.get();
    switch (step) {
    case SpawnStep::chdir: return {step, report.error, request.cwd, as_whom(report.error, request)};
    case SpawnStep::exec: {
        const bool searched = request.argv.front().find('/') == std::string::npos;
        if (report.error == ENOENT || (searched && report.error == ENOTDIR)) return explain_not_found(request, candidates);
        const std::string& path = candidates.at(static_cast<std::size_t>(report.detail));
        auto note = explain_exec_failure(report.error, path, request.cwd, user_of(request));
        return {step, report.error, path, note.empty() ? as_whom(report.error, request) : std::move(note)};
    }
    case SpawnStep::death_signal: return {step, report.error, "", report.error == ESRCH ? "the parent had ended" : ""};
    case SpawnStep::limits: return {step, report.error, limit_text(attributes, report.detail), refused_note(report.error)};
    case SpawnStep::nice: return {step, report.error, std::to_string(*attributes->nice), refused_note(report.error)};
    case SpawnStep::oom_score:
        return {step, report.error, std::to_string(*attributes->oom_score_adj), refused_note(report.error)};
    case SpawnStep::affinity:
        return {step, report.error, "", report.error == EINVAL ? "none of these CPUs exists or is permitted" : ""};
    case SpawnStep::groups:
    case SpawnStep::group:
    case SpawnStep::user: return {step, report.error, attributes->credentials->user, refused_note(report.error)};
    case SpawnStep::cgroup: return {step, report.error, path_of(request.cgroup_fd), explain_cgroup_failure(report.error)};
    case SpawnStep::no_new_privileges:
    case SpawnStep::clone:
    case SpawnStep::descriptors:
    case SpawnStep::setsid:
    case SpawnStep::stdio:
    case SpawnStep::signals: return {step, report.error, "", ""};
    }
    return {step, report.error, "", ""};
}

const char* to_text(SpawnStep step) {
    switch (step) {
    case SpawnStep::clone: return "clone";
    case SpawnStep::cgroup: return "cgroup";
    case SpawnStep::descriptors: return "descriptors";
    case SpawnStep::setsid: return "setsid";
    case SpawnStep::death_signal: return "death signal";
    case SpawnStep::oom_score: return "oomScoreAdj";
    case SpawnStep::nice: return "nice";
    case SpawnStep::affinity: return "cpuAffinity";
    case SpawnStep::limits: return "limit";
    case SpawnStep::groups: return "groups";
    case SpawnStep::group: return "group";
    case SpawnStep::user: return "user";
    case SpawnStep::no_new_privileges: return "noNewPrivileges";
    case SpawnStep::chdir: return "chdir";
    case SpawnStep::stdio: return "stdio";
    case SpawnStep::signals: return "signals";
    case SpawnStep::exec: return "exec";
    }
    return "unknown step";
}

std::string to_text(const SpawnFailure& failure) {
    std::string what = to_text(failure.step);
    if (!failure.path.empty()) what += " " + failure.path;
    std::string text = failure_of(failure.error, std::move(what)).message();
    if (!failure.note.empty()) text += " (" + failure.note + ")";
    return text;
}

}   // namespace talos::posix
