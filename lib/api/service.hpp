#pragma once
#include "api/event_bus.hpp"
#include "api/metrics.hpp"
#include "api/pending_command.hpp"
#include "api/select.hpp"
#include "config/use/affected.hpp"
#include "config/use/diff.hpp"
#include "core/result.hpp"
#include "state/requester.hpp"
#include "state/status_document.hpp"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace talos::api {

/// Where a worker's output is stored.
struct LogPlace {
    std::string path;   ///< empty: the worker has no log file of its own, and `why_not` gives the reason
    bool raw = false;   ///< lines are stored as written; otherwise each line begins with its timestamp (in the config's format)
    std::string why_not;
};

/// How a command selected a worker.
struct Meant {
    bool named = true;                                ///< by its own name, not by a pattern, `all` or its group
    const std::vector<std::string>* with = nullptr;   ///< all workers of the command; null: only this one
};

struct ReloadRequest {
    enum class Roll : std::uint8_t { one_by_one, all_at_once };
    bool dry_run = false;
    Roll roll = Roll::one_by_one;
};

/// Whether the config files have changed.
struct ConfigChanges {
    bool changed = false;   ///< since talosd loaded them
    std::vector<std::string>
        files;   ///< changed files, and patterns that now match other files; relative to the config's directory, or absolute
};

struct ReloadAnswer {
    enum class What : std::uint8_t { planned, invalid, refused };
    What what = What::planned;
    std::vector<std::string> errors;     ///< invalid: as `talosd --check` prints them; nothing was applied
    std::vector<std::string> warnings;   ///< planned: as `talosd --check` prints them
    std::string refused;   ///< why a reload is not possible now (talosd is stopping, or runs a single COMMAND), one sentence
    config::Plan plan;
    std::vector<config::Affected> affected{};   ///< workers that restart or stop because of restarts in the plan
    config::Config running{};                   ///< dry run only: both configs of the plan
    config::Config wanted{};
    std::uint64_t number = 0;   ///< number of the reload that is being applied; 0 for a dry run
};

/// The plan's unchanged workers that restarts of other workers do not affect.
[[nodiscard]] std::size_t untouched(const ReloadAnswer& answer);

/// A reload in progress: the workers that it adds, removes or restarts.
struct ReloadProgress {
    bool done = false;
    std::vector<std::pair<std::string, Outcome>> workers;
};

/// A rolling restart in progress.
struct RollAnswer {
    std::uint64_t number = 0;
};

/// A group: the workers that are instances of one definition.
struct GroupView {
    std::string name;
    std::uint32_t count = 0;
    std::uint32_t configured = 0;   ///< from the config
};

struct ScaleRequest {
    std::string group;   ///< an existing group
    /// the new number of instances; nullopt: the number from the config, and the saved number is removed
    std::optional<std::uint32_t> count = 0;
    bool save = false;   ///< keep the number after a reload and a restart of talosd
};

struct ScaleAnswer {
    struct Change {
        std::string group;
        std::uint32_t before = 0;
        std::uint32_t now = 0;
        std::uint32_t configured = 0;           ///< from the config
        std::optional<std::uint32_t> saved{};   ///< replaces the configured number at a reload or restart of talosd
    };
    std::string refused;                    ///< why nothing was changed, one sentence; empty: the change was applied
    std::vector<Change> groups;             ///< in the order of the request
    std::vector<PendingCommand> commands;   ///< starts of new instances and stops of surplus ones
};

/// A measurement that reads one process after the other. Other turns of the loop may run between two steps.
class Measurement {
public:
    Measurement() = default;
    Measurement(const Measurement&) = delete;
    Measurement& operator=(const Measurement&) = delete;
    virtual ~Measurement() = default;

    /// Continues for a few milliseconds. Returns true when everything has been read.
    [[nodiscard]] virtual bool step() = 0;
    /// Call only after step() has returned true.
    [[nodiscard]] virtual Metrics metrics() = 0;
};

/// The supervisor as the API sees it. All calls run on the loop's thread and return at once. Commands become pending; the outcome
/// is reported through the event bus. Names are names of existing workers unless stated otherwise.
class Service {
public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    // --- queries
    [[nodiscard]] virtual state::StatusHead head() const = 0;
    [[nodiscard]] virtual std::vector<Named> names() const = 0;        ///< in the config's order
    [[nodiscard]] virtual std::vector<GroupView> groups() const = 0;   ///< in the config's order; a group may have no instances
    [[nodiscard]] virtual std::optional<WorkerView> worker(std::string_view name) const = 0;   ///< nullopt for an unknown name
    [[nodiscard]] virtual LogPlace log_of(std::string_view name) const = 0;
    [[nodiscard]] virtual std::string journal_path() const = 0;
    [[nodiscard]] virtual std::optional<ReloadProgress>
    reload_progress(std::uint64_t number) const = 0;   ///< nullopt for a reload long ago
    /// nullopt while talosd runs a single COMMAND. Reads the changed files.
    [[nodiscard]] virtual std::optional<ConfigChanges> config_changes() = 0;
    /// The loaded config in the form of config::show, with masked values.
    [[nodiscard]] virtual std::string running_config() const = 0;
    [[nodiscard]] virtual std::vector<config::Affected>
    taken_along(const std::vector<std::string>& names) const = 0;       ///< running workers that stop together with these
    [[nodiscard]] virtual std::unique_ptr<Measurement> measure() = 0;   ///< for metrics; reads nothing yet

    // --- commands
    /// While talosd is stopping, starts and restarts are refused with a sentence. So is a restart after which the worker could
    /// only wait.
    [[nodiscard]] virtual Result<PendingCommand> ask(std::string_view name, Verb verb, const state::Requester& requester,
                                                     const Meant& meant) = 0;
    /// Completed on return. The failure is a sentence.
    [[nodiscard]] virtual Result<> act(std::string_view name, Operation operation, const state::Requester& requester) = 0;
    /// Why the worker cannot be restarted or is skipped, with the rules of ask(); nullopt if it can be restarted.
    [[nodiscard]] virtual std::optional<Outcome> not_restarted(std::string_view name, const Meant& meant) const = 0;
    /// Restarts several workers, one after the other.
    [[nodiscard]] virtual RollAnswer roll(const std::vector<std::string>& names, const state::Requester& requester) = 0;
    [[nodiscard]] virtual std::optional<ReloadProgress>
    roll_progress(std::uint64_t number) const = 0;   ///< nullopt for a rolling restart long ago
    /// Signals the worker's process group. Fails with ESRCH if the worker has no process.
    [[nodiscard]] virtual Result<> signal(std::string_view name, int signal, const state::Requester& requester) = 0;
    /// Applies all changes or none.
    [[nodiscard]] virtual ScaleAnswer scale(const std::vector<ScaleRequest>& requests, const state::Requester& requester) = 0;
    [[nodiscard]] virtual ReloadAnswer reload(const ReloadRequest& request, const state::Requester& requester) = 0;
    /// Stops talosd gracefully. Repeating it has no effect, except with `force`: SIGKILL now.
    virtual void shutdown(bool force, const state::Requester& requester) = 0;
    /// Records in the history that a client was refused for lack of rights.
    virtual void refused(const state::Requester& requester, std::string_view what) = 0;

    /// Logs, once for each text, that an older log file could not be delivered to a client.
    virtual void left_out(const std::string& sentence) = 0;

    /// Writes pending changes to status.json and events.jsonl. Called before a command is answered.
    virtual void write_down() = 0;

    /// Registers a child process of the server. It is reaped; its exit has no other effect.
    virtual void reap(pid_t child) = 0;

    [[nodiscard]] virtual EventBus& event_bus() = 0;
};

}   // namespace talos::api
