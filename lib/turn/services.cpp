#include "turn/services.hpp"

#include "posix/children/discarded_file.hpp"
#include "turn/recorder.hpp"
#include "turn/run_cgroup.hpp"
#include <csignal>
#include <set>
#include <unistd.h>

namespace talos::turn {

Result<logs::ChildPipe> Services::child_pipe(const posix::SpawnRequest& request) {
    const auto* attributes = request.attributes.get();
    const auto* user = attributes != nullptr && attributes->credentials ? &*attributes->credentials : nullptr;
    if (user == nullptr || user->uid == ::geteuid()) return logs::open_child_pipe();
    if (!relays) {
        relays = std::make_unique<logs::OutputRelays>([this](pid_t pid, uid_t uid) {
            processes.helper(pid, [this, pid, uid](const ExitStatus& status) {
                relays->ended(pid);
                observer.message(Level::error, "the process that reads the output of the workers of uid " + std::to_string(uid) +
                                                   " (pid " + std::to_string(pid) + ") ended with " + to_text(status) +
                                                   ": their output is not read any more until they are started again");
            });
        });
    }
    return relays->open(user->uid, user->gid);
}

logs::LogWriters* Services::log_writers() {
    if (!writers && ::geteuid() == 0) {
        writers = std::make_unique<logs::LogWriters>(logs::LogWriterSetup{
            .executor = executor,
            .spawner = spawner,
            .started = [this](pid_t pid,
                              std::function<void(const ExitStatus&)> ended) { processes.helper(pid, std::move(ended)); },
            .said = [this](const std::string& text) { observer.message(Level::warning, text); },
        });
    }
    return writers.get();
}

bool Services::serves_output(pid_t pid) const {
    return (relays && relays->is_relay(pid)) || (writers && writers->is_writer(pid));
}

void Services::compress(const posix::Location& path, unsigned keep) {
    if (!compressor) {
        auto cgroup = std::make_shared<RunCgroup>(*this, posix::CgroupKind::helper, "compress");   // ends with the compressor
        logs::Compressor::Callbacks hooks;
        hooks.started = [this](pid_t pid) { processes.helper(pid); };
        hooks.failed = [this](const std::string& text) { observer.message(Level::warning, text); };
        hooks.enter = [this, cgroup] {
            auto directory = cgroup->enter();
            if (directory) return std::move(*directory);
            observer.message(Level::warning, directory.error().message());
            return posix::UniqueFd{};
        };
        hooks.leave = [cgroup] {
            if (cgroup->populated()) cgroup->kill();
            cgroup->release();
        };
        hooks.discard = [this](posix::UniqueFd file) { discard(std::move(file)); };
        compressor = std::make_unique<logs::Compressor>(executor, spawner, std::move(hooks));
    }
    compressor->add(path, keep);
}

Result<state::RuntimeDirectory*> Services::runtime_directory() {
    if (runtime) return runtime.get();
    std::vector<std::string> complaints;
    auto opened = state::RuntimeDirectory::open(files, complaints);
    static std::set<std::string> said;   // each attempt of each worker comes here again while there is no place
    for (const auto& complaint : complaints)
        if (said.insert(complaint).second) observer.message(Level::warning, complaint);
    if (!opened) return opened.error();
    runtime = std::make_unique<state::RuntimeDirectory>(std::move(*opened));
    return runtime.get();
}

Result<> Services::make_directories(const engine::Runner& runner, const config::WorkerSpec& spec,
                                    const posix::SpawnRequest& request) {
    if (!directories && spec.directories.get() == nullptr) return {};
    if (!directories) directories = std::make_unique<Directories>(*this);
    return directories->make(runner, spec, request);
}

aio::NameLookups& Services::name_lookups(const std::string& user) {
    constexpr std::size_t own_children = 32;
    constexpr std::size_t others_children = 8;
    auto& lookups = names[user];
    if (!lookups)
        lookups = std::make_unique<aio::NameLookups>(
            executor, [this](pid_t child) { processes.helper(child); }, user.empty() ? own_children : others_children);
    return *lookups;
}

void Services::remove_emptied() {
    std::erase_if(emptying, [this](const std::string& leaf) { return static_cast<bool>(cgroups->remove(leaf)); });
}

void Services::discard(posix::UniqueFd file) {
    if (posix::has_blocks_behind_its_end(file) || (discarded && discarded->full())) {
        if (const auto child = posix::free_in_child(file)) return processes.helper(*child);
    }
    if (!discarded) discarded = std::make_unique<aio::DiscardedFiles>(executor);
    discarded->add(std::move(file));
}

Result<> Services::override_with(state::Overrides wanted) {
    if (wanted == overrides) return {};
    if (auto written = state::write_overrides(files, wanted); !written) return written;
    overrides = std::move(wanted);
    recorder.changed();
    return {};
}

}   // namespace talos::turn
