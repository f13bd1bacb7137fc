#include "config/files/root_risks.hpp"
#include "accounts/accounts.hpp"
#include "accounts/owner_text.hpp"
#include "config/document/locate.hpp"
#include "posix/files/hanging_mounts.hpp"
#include "posix/files/inspect.hpp"
#include "posix/files/walk.hpp"
#include "posix/spawn/exec_path.hpp"
#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::config {
namespace {

bool runs_as_root(const WorkerSpec& spec) {
    const auto* process = spec.process.get();
    if (process == nullptr || process->user.empty()) return true;
    const auto account = accounts::find_account(process->user);
    return account && account->uid == 0;   // a worker of an unknown user cannot start
}

std::vector<std::string> path_of(const WorkerSpec& spec) {
    std::vector<std::string> env;
    if (const char* inherited = std::getenv("PATH"); inherited != nullptr) env = {std::string("PATH=") + inherited};
    for (const auto& [name, value] : spec.env)
        if (name == "PATH") env = {"PATH=" + value};
    return env;
}

bool executable(const std::string& path) {
    if (posix::may_hang(path)) return true;   // assume that it is a program
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111u) != 0;
}

/// The file that exec would execute for the worker; nullopt if there is none.
std::optional<std::string> program_of(const std::string& word, const WorkerSpec& spec) {
    for (const auto& candidate : posix::exec_candidates(word, path_of(spec))) {
        const auto path = config::absolute_path(candidate, spec.cwd);
        if (executable(path)) return path;
    }
    return std::nullopt;
}

/// The interpreter of a script; nullopt for another program.
std::optional<std::string> interpreter_of(const std::string& path, const WorkerSpec& spec) {
    if (posix::may_hang(path)) return std::nullopt;
    const auto name = posix::interpreter_in(path);
    return name.empty() ? std::nullopt : std::optional(config::absolute_path(name, spec.cwd));
}

class Risks {
public:
    Risks(const Config& config, const std::vector<uid_t>& owners) : config_(config), owners_(owners) {}

    std::vector<std::string> all() && {
        for (const auto& spec : config_.workers)
            if (runs_as_root(spec)) worker(spec);
        for (const auto& group : config_.groups)
            if (group.count == 0 && runs_as_root(group.pattern)) worker(group.pattern);
        return std::move(found_);
    }

private:
    void worker(const WorkerSpec& spec) {
        const auto* instance = spec.instance.get();
        const std::string place = "/workers/" + (instance != nullptr ? instance->of : spec.name);
        command(spec, place + "/command", spec.command);
        for (const auto hook : config::all_hooks)
            if (const auto* program = config::find_hook(spec, hook))
                command(spec, place + "/hooks/" + std::string(config::to_text(hook)), program->command);
        if (const auto* ready = spec.ready.get(); ready != nullptr && ready->kind == ReadySpec::Kind::probe)
            probe(spec, place + "/ready/exec", ready->probe);
        if (const auto* health = spec.health.get(); health != nullptr && health->kind == HealthSpec::Kind::probe)
            probe(spec, place + "/health/exec", health->probe);
        judge(spec.cwd, place + "/cwd", "run in ");
    }

    void probe(const WorkerSpec& spec, const std::string& place, const ProbeSpec& what) {
        if (what.kind == ProbeSpec::Kind::exec) command(spec, place, what.command);
    }

    void command(const WorkerSpec& spec, const std::string& place, const std::vector<std::string>& words) {
        const auto program = words.empty() ? std::nullopt : program_of(words.front(), spec);
        if (!program) return;
        judge(*program, place, "execute ");
        if (const auto interpreter = interpreter_of(*program, spec)) judge(*interpreter, place, "execute ");
    }

    void judge(const std::string& path, const std::string& place, const std::string& verb) {
        if (posix::may_hang(path))
            return say(place + ": root would " + verb + path +
                       ", but its file system may not respond, so its owner was not checked");
        const auto inspected = posix::inspect(path, owners_, O_PATH);
        if (!inspected) return;
        // In a user namespace, system files belong to users outside it. That alone is not a risk.
        const auto weighs = [](const posix::Objection& one) {
            return one.writers != 0 || !posix::is_outside_namespace(one.owner);
        };
        const auto worst = std::find_if(inspected->objections.begin(), inspected->objections.end(), weighs);
        if (worst != inspected->objections.end())
            say(place + ": root would " + verb + path + ", but " + accounts::to_text(*worst));
    }

    void say(const std::string& text) {
        auto sentence = config_.path.empty() ? text : config_.path + ": " + text;
        if (std::find(found_.begin(), found_.end(), sentence) == found_.end()) found_.push_back(std::move(sentence));
    }

    const Config& config_;
    const std::vector<uid_t>& owners_;
    std::vector<std::string> found_;   // the instances of a group give the same results
};

}   // namespace

std::vector<std::string> root_risks(const Config& config, const std::vector<uid_t>& owners) {
    return ::geteuid() == 0 ? Risks(config, owners).all() : std::vector<std::string>{};
}

}   // namespace talos::config
