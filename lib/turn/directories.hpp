// turn: What all workers share within a turn of the loop: processes, cgroups, signals, side programs, the recorder.
// The engine fills it; checks use it.
// Begin with services.hpp.
#pragma once
#include "config/model/model.hpp"
#include "core/result.hpp"
#include "posix/children/worker_directory.hpp"
#include "posix/spawn/spawn.hpp"
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace talos::engine {
class Runner;
}

namespace talos::turn {

struct Services;

/// `RUNTIME_DIRECTORY=…` and the like, for the worker, its hooks and its probes. Fails where the environment of talosd does not say where they lie.
[[nodiscard]] Result<std::vector<std::string>> directory_variables(const config::WorkerSpec& spec,
                                                                   const std::vector<std::string>& environment);

/// The directories of all workers: made before a start, those of the kind `runtime` removed once their workers are stopped. Removing takes as long
/// as there are files in them; child processes do it, and the name is free at once.
class Directories {
public:
    explicit Directories(Services& services) : services_(services) {}
    Directories(const Directories&) = delete;
    Directories& operator=(const Directories&) = delete;

    /// Before each start, with the user that it is to have. Fails with path and words.
    [[nodiscard]] Result<> make(const engine::Runner& runner, const config::WorkerSpec& spec, const posix::SpawnRequest& request);
    /// The worker is stopped.
    void left_by(const engine::Runner& runner);

    /// Children that remove directories are there.
    [[nodiscard]] bool removing() const { return !children_.empty(); }
    /// Ends them; what they have left stays.
    void abandon();

private:
    struct Use {
        const engine::Runner* runner;
        uid_t owner;
    };
    void drop(const engine::Runner& runner, const std::vector<posix::DirectoryPlace>& kept);
    void remove_unused();
    void remove(const posix::DirectoryPlace& place, uid_t owner);
    [[nodiscard]] bool in_use(const posix::DirectoryPlace& place) const;

    Services& services_;
    std::multimap<posix::DirectoryPlace, Use> uses_;   // of the kind runtime
    std::map<posix::DirectoryPlace, uid_t> unused_;    // to be removed once no worker uses what is in it
    std::map<pid_t, std::string> children_;
};

}   // namespace talos::turn
