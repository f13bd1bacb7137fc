#include "turn/directories.hpp"

#include "config/sections/directories_reader.hpp"
#include "turn/services.hpp"
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace talos::turn {

using config::DirectoryKind;

namespace {

constexpr std::string_view failure_begins = "directories: ";

config::Getenv lookup_in(const std::vector<std::string>& environment) {
    return [&environment](const char* name) -> std::optional<std::string> {
        const std::string prefix = std::string(name) + '=';
        for (const auto& entry : environment)
            if (entry.starts_with(prefix)) return entry.substr(prefix.size());
        return std::nullopt;
    };
}

Result<std::string> base_of(DirectoryKind kind, const std::vector<std::string>& environment) {
    auto base = config::directory_base(kind, ::geteuid() == 0, lookup_in(environment));
    if (!base) return refused(std::string(failure_begins) + std::string(to_text(kind)) + ": " + base.error().message());
    while (base->size() > 1 && base->ends_with('/')) base->pop_back();
    return base;
}

posix::DirectoryOwner owner_for(const posix::SpawnRequest& request) {
    const auto* attributes = request.attributes.get();
    if (attributes != nullptr && attributes->credentials) return {attributes->credentials->uid, attributes->credentials->gid};
    return {::geteuid(), ::getegid()};
}

}   // namespace

Result<std::vector<std::string>> directory_variables(const config::WorkerSpec& spec,
                                                     const std::vector<std::string>& environment) {
    std::vector<std::string> variables;
    const auto* directories = spec.directories.get();
    if (directories == nullptr) return variables;
    for (const auto kind : config::all_directory_kinds) {
        if (directories->of(kind).empty()) continue;
        const auto base = base_of(kind, environment);
        if (!base) return base.error();
        std::string variable = std::string(variable_of(kind)) + '=';
        for (const auto& directory : directories->of(kind))
            variable.append(variable.ends_with('=') ? "" : ":").append(posix::DirectoryPlace{*base, directory.name}.path());
        variables.push_back(std::move(variable));
    }
    return variables;
}

Result<> Directories::make(const engine::Runner& runner, const config::WorkerSpec& spec, const posix::SpawnRequest& request) {
    const auto* directories = spec.directories.get();
    const auto owner = owner_for(request);
    std::vector<posix::DirectoryPlace> removed_later;
    Result<> made;
    for (const auto kind : config::all_directory_kinds) {
        if (directories == nullptr || directories->of(kind).empty() || !made) continue;
        const auto base = base_of(kind, services_.environment);
        if (!base) return base.error();
        for (const auto& [name, mode] : directories->of(kind)) {
            const posix::DirectoryPlace place{*base, name};
            made = posix::make_directory(place, owner, mode);
            if (!made) break;
            if (kind == DirectoryKind::runtime) removed_later.push_back(place);
        }
    }
    drop(runner, removed_later);
    for (const auto& place : removed_later) {
        unused_.erase(place);
        uses_.emplace(place, Use{&runner, owner.uid});
    }
    remove_unused();
    return made ? made : Result<>(Failure{made.error().code, std::string(failure_begins) + made.error().what});
}

void Directories::left_by(const engine::Runner& runner) {
    drop(runner, {});
    remove_unused();
}

/// What a worker has used until now and will not use from now on.
void Directories::drop(const engine::Runner& runner, const std::vector<posix::DirectoryPlace>& kept) {
    for (auto use = uses_.begin(); use != uses_.end();) {
        if (use->second.runner != &runner) {
            ++use;
            continue;
        }
        if (std::find(kept.begin(), kept.end(), use->first) == kept.end())
            unused_.insert_or_assign(use->first, use->second.owner);
        use = uses_.erase(use);
    }
}

/// Itself, or one in it.
bool Directories::in_use(const posix::DirectoryPlace& place) const {
    const auto path = place.path();
    return std::any_of(uses_.begin(), uses_.end(), [&](const auto& use) {
        const auto used = use.first.path();
        return used == path || used.starts_with(path + '/');
    });
}

void Directories::remove_unused() {
    for (auto unused = unused_.begin(); unused != unused_.end();) {
        if (in_use(unused->first)) {
            ++unused;
            continue;
        }
        const auto [place, owner] = *unused;
        unused = unused_.erase(unused);
        remove(place, owner);
    }
}

void Directories::remove(const posix::DirectoryPlace& place, uid_t owner) {
    const auto warn = [this](const std::string& text) {
        services_.observer.message(Level::warning, std::string(failure_begins) + text);
    };
    const auto taken = posix::take_away(place, owner);
    if (!taken) return warn(taken.error().message() + "; it is not removed");
    if (!*taken || ::unlinkat((*taken)->parent.get(), (*taken)->name.c_str(), AT_REMOVEDIR) == 0)
        return;   // an empty one needs no child
    const auto child = posix::remove_in_child(**taken);
    if (!child) return warn(child.error().message() + "; what was in " + place.path() + " is left in " + (*taken)->path);
    children_.emplace(*child, (*taken)->path);
    services_.processes.helper(*child, [this, warn, pid = *child, path = place.path()](const ExitStatus& status) {
        const auto left = std::move(children_.extract(pid).mapped());
        if (!status.clean()) warn("not all that was in " + path + " could be removed; the rest is left in " + left);
    });
}

void Directories::abandon() {
    for (const auto& [child, path] : children_) (void)::kill(child, SIGKILL);   // not reaped: the number is the child's
}

}   // namespace talos::turn
