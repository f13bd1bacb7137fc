#include "turn/spawn_request.hpp"
#include "accounts/accounts.hpp"
#include "posix/processes/marks.hpp"
#include "posix/processes/process_tree.hpp"
#include "turn/directories.hpp"
#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace talos::turn {

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// An ordinary user's talosd need not become who it is already.
bool is_ourselves(const accounts::Account& account, const config::ProcessSpec& process) {
    return ::geteuid() != 0 && account.uid == ::geteuid() && account.uid == ::getuid() && process.group.empty() &&
           !process.groups;
}

Result<std::vector<gid_t>> find_groups(const std::vector<std::string>& names) {
    std::vector<gid_t> groups;
    for (const auto& name : names) {
        const auto group = accounts::find_group(name);
        if (!group) return group.error();
        groups.push_back(*group);
    }
    return groups;
}

Result<std::optional<accounts::Account>> account_of(const config::ProcessSpec& process) {
    if (process.user.empty()) return std::optional<accounts::Account>{};
    auto account = accounts::find_account(process.user);
    if (!account) return account.error();
    if (!account->known && process.group.empty()) return refused(accounts::group_missing_sentence(process.user));
    return std::optional{std::move(*account)};
}

Result<std::optional<posix::Credentials>> credentials_of(const config::ProcessSpec& process,
                                                         const std::optional<accounts::Account>& account) {
    if (!account && process.group.empty() && !process.groups) return std::optional<posix::Credentials>{};
    if (account && is_ourselves(*account, process)) return std::optional<posix::Credentials>{};
    posix::Credentials who{::geteuid(), ::getegid(), {}, std::to_string(::geteuid())};
    if (account) who = {account->uid, account->gid, accounts::groups_of(*account), account->name};
    if (!process.group.empty()) {
        const auto group = accounts::find_group(process.group);
        if (!group) return group.error();
        who.gid = *group;
        if (!account) who.groups = {*group};
    }
    if (process.groups) {
        auto groups = find_groups(*process.groups);
        if (!groups) return groups.error();
        who.groups = std::move(*groups);
    }
    return std::optional{std::move(who)};
}

posix::ChildAttributes attributes_of(const config::ProcessSpec& process) {
    posix::ChildAttributes attributes;
    if (process.umask) attributes.umask = *process.umask;
    attributes.nice = process.nice;
    attributes.oom_score_adj = process.oom_score_adj;
    attributes.cpus = process.cpus;
    attributes.no_new_privileges = process.no_new_privileges;
    for (const auto& limit : process.rlimits) attributes.limits.push_back({limit.resource, limit.soft, limit.hard});
    return attributes;
}

/// What a login would set, for programs that look for their user's files. An empty value: the variable is not set at all, since talosd's
/// own is another user's.
Variables variables_of(const accounts::Account& account) {
    return {{"USER", account.name},
            {"LOGNAME", account.name},
            {"HOME", account.home.empty() ? "/" : account.home},
            {"SHELL", account.shell}};
}

bool sets(const Variables& variables, std::string_view name) {
    return std::any_of(variables.begin(), variables.end(), [&](const auto& variable) { return variable.first == name; });
}

/// By these talosd finds its processes again.
bool is_mark(std::string_view name) {
    constexpr std::array<std::string_view, 3> marks{posix::run_variable, posix::worker_variable, posix::hook_variable};
    return std::find(marks.begin(), marks.end(), name) != marks.end();
}

/// Of several that set a variable the latter wins: what talosd was given, the user's, the config's, ours.
std::vector<std::string> environment_of(const config::WorkerSpec& spec, const Services& services, const Variables& of_user,
                                        std::uint64_t number) {
    std::vector<std::string> entries;
    entries.reserve(services.environment.size() + of_user.size() + spec.env.size() + 2);
    for (const auto& entry : services.environment) {
        const auto name = std::string_view(entry).substr(0, entry.find('='));
        if (!is_mark(name) && !sets(spec.env, name) && !sets(of_user, name)) entries.push_back(entry);
    }
    for (const auto& [key, value] : of_user)
        if (!value.empty() && !sets(spec.env, key)) entries.push_back(key + '=' + value);
    for (const auto& [key, value] : spec.env)
        if (!is_mark(key)) entries.push_back(key + '=' + value);
    entries.push_back(std::string(posix::worker_variable) + '=' + spec.name);
    entries.push_back(std::string(posix::run_variable) + '=' + posix::make_mark(services.run, spec.name, number));
    return entries;
}

}   // namespace

Result<posix::SpawnRequest> spawn_request(const config::WorkerSpec& spec, const Services& services, std::uint64_t number) {
    posix::SpawnRequest request;
    request.argv = spec.command;
    request.cwd = spec.cwd;
    request.death_signal = spec.on_supervisor_death == config::SupervisorDeath::kill ? SIGKILL : 0;
    request.descriptor_limit = services.descriptor_limit;
    Variables of_user;
    if (const auto* process = spec.process.get()) {
        const auto account = account_of(*process);
        if (!account) return account.error();
        auto credentials = credentials_of(*process, *account);
        if (!credentials) return credentials.error();
        if (*account) of_user = variables_of(**account);
        auto& attributes = request.attributes.make();
        attributes = attributes_of(*process);
        attributes.credentials = std::move(*credentials);
    }
    request.env = environment_of(spec, services, of_user, number);
    auto directories = directory_variables(spec, services.environment);
    if (!directories) return directories.error();
    for (auto& variable : *directories) {
        const auto name = std::string_view(variable).substr(0, variable.find('=') + 1);
        std::erase_if(request.env, [&](const std::string& entry) { return entry.starts_with(name); });
        request.env.push_back(std::move(variable));
    }
    return request;
}

}   // namespace talos::turn
