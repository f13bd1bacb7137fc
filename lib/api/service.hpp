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

/// Where a worker's output can be read.
struct LogPlace {
    std::string path;   ///< empty: it keeps no log of its own, `why_not` says why
    bool raw = false;   ///< lines as written; otherwise each has its stamp in front (the config's format)
    std::string why_not;
};

/// How a worker was meant by a command.
struct Meant {
    bool named = true;                                ///< by its own name, not by a pattern, `all`, or that of its group
    const std::vector<std::string>* with = nullptr;   ///< all workers of the command; null: it alone
};

struct ReloadRequest {
    enum class Roll : std::uint8_t { one_by_one, all_at_once };
    bool dry_run = false;
    Roll roll = Roll::one_by_one;
};

/// What is known of the config's files.
struct ConfigNews {
    bool changed = false;   ///< since talosd read them
    std::vector<std::string>
        files;   ///< those that changed, and patterns that match other files: relative to the config's folder, or absolute
};

struct ReloadAnswer {
    enum class What : std::uint8_t { planned, invalid, refused };
    What what = What::planned;
    std::vector<std::string> errors;     ///< invalid: as `talosd --check` prints them; nothing was changed
    std::vector<std::string> warnings;   ///< planned: as `talosd --check` prints them
    std::string refused;   ///< why a reload is not possible now (talosd is stopping, it runs an ad hoc command), one sentence
    config::Plan plan;
    std::vector<config::Affected> affected{};   ///< workers that restart or stop with those of the plan that restart
    config::Config running{};                   ///< a dry run: both configs of the plan
    config::Config wanted{};
    std::uint64_t number = 0;   ///< of the reload that is being applied; 0 for a dry run
};

/// Of the plan's unchanged workers those that run on without a restart of others having any effect on them.
[[nodiscard]] std::size_t untouched(const ReloadAnswer& answer);

/// A reload on its way: workers that are added, removed or restarted by it.
struct ReloadProgress {
    bool done = false;
    std::vector<std::pair<std::string, Outcome>> workers;
};

/// A rolling restart that has begun.
struct RollAnswer {
    std::uint64_t number = 0;
};

/// Workers that are instances of one pattern.
struct GroupView {
    std::string name;
    std::uint32_t count = 0;
    std::uint32_t configured = 0;   ///< by the config
};

struct ScaleRequest {
    std::string group;   ///< one that exists
    std::optional<std::uint32_t> count =
        0;               ///< of instances from now on; none: as many as the config says, and no other number is saved
    bool save = false;   ///< also after a reload, or a start of talosd
};

struct ScaleAnswer {
    struct Change {
        std::string group;
        std::uint32_t before = 0;
        std::uint32_t now = 0;
        std::uint32_t configured = 0;           ///< by the config
        std::optional<std::uint32_t> saved{};   ///< what comes back in place of that with a reload, or a start of talosd
    };
    std::string refused;                  ///< why nothing was changed, one sentence; empty: it was
    std::vector<Change> groups;           ///< as they were asked for
    std::vector<PendingCommand> wishes;   ///< starts of instances that have come, stops of those that go
};

/// What is read process by process. Another turn of the loop may come between two steps.
class Measurement {
public:
    Measurement() = default;
    Measurement(const Measurement&) = delete;
    Measurement& operator=(const Measurement&) = delete;
    virtual ~Measurement() = default;

    /// Goes on for some milliseconds; true when everything was read.
    [[nodiscard]] virtual bool step() = 0;
    /// After that.
    [[nodiscard]] virtual Metrics metrics() = 0;
};

/// What the API needs of whoever supervises. Everything happens on the loop's thread and returns at once; a command is a wish, whose
/// outcome is awaited with the board. Names are those of workers that exist, unless it says otherwise.
class Service {
public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    // --- questions
    [[nodiscard]] virtual state::StatusHead head() const = 0;
    [[nodiscard]] virtual std::vector<Named> names() const = 0;        ///< in the config's order
    [[nodiscard]] virtual std::vector<GroupView> groups() const = 0;   ///< likewise; some have no instances
    [[nodiscard]] virtual std::optional<WorkerView> worker(std::string_view name) const = 0;   ///< nothing for an unknown name
    [[nodiscard]] virtual LogPlace log_of(std::string_view name) const = 0;
    [[nodiscard]] virtual std::string journal_path() const = 0;
    [[nodiscard]] virtual std::optional<ReloadProgress>
    reload_progress(std::uint64_t number) const = 0;   ///< nothing for one long past
    [[nodiscard]] virtual std::optional<ConfigNews>
    config_news() = 0;                                              ///< nothing for an ad hoc command; reads files that changed
    [[nodiscard]] virtual std::string running_config() const = 0;   ///< what is in force, as config::show has it, values masked
    [[nodiscard]] virtual std::vector<config::Affected>
    taken_along(const std::vector<std::string>& names) const = 0;       ///< those that are up and stop with these
    [[nodiscard]] virtual std::unique_ptr<Measurement> measure() = 0;   ///< for metrics; nothing is read yet

    // --- commands
    /// Stopping talosd refuses starts and restarts: a failure with words. So does a restart after which the worker would only wait.
    [[nodiscard]] virtual Result<PendingCommand> ask(std::string_view name, Verb verb, const state::Requester& requester,
                                                     const Meant& meant) = 0;
    /// Done when this returns. A failure with words: why not.
    [[nodiscard]] virtual Result<> act(std::string_view name, Deed deed, const state::Requester& requester) = 0;
    /// Why it cannot be restarted, or is left alone, as ask() has it; nothing: it can.
    [[nodiscard]] virtual std::optional<Outcome> not_restarted(std::string_view name, const Meant& meant) const = 0;
    /// Restarts of several, one after the other.
    [[nodiscard]] virtual RollAnswer roll(const std::vector<std::string>& names, const state::Requester& requester) = 0;
    [[nodiscard]] virtual std::optional<ReloadProgress>
    roll_progress(std::uint64_t number) const = 0;   ///< nothing for one long past
    /// To the worker's process group. Fails with ESRCH when it has no process.
    [[nodiscard]] virtual Result<> signal(std::string_view name, int signal, const state::Requester& requester) = 0;
    /// All of it or nothing.
    [[nodiscard]] virtual ScaleAnswer scale(const std::vector<ScaleRequest>& wishes, const state::Requester& requester) = 0;
    [[nodiscard]] virtual ReloadAnswer reload(const ReloadRequest& wish, const state::Requester& requester) = 0;
    /// Graceful stop of talosd; asked again, nothing more happens, unless `force`: SIGKILL now.
    virtual void shutdown(bool force, const state::Requester& requester) = 0;
    /// For the history: somebody asked for what they may not.
    virtual void refused(const state::Requester& requester, std::string_view what) = 0;

    /// For talosd's log, once each: a sentence about an old log that a reader could not be given.
    virtual void left_out(const std::string& sentence) = 0;

    /// status.json and events.jsonl are up to date: called before a command is answered.
    virtual void write_down() = 0;

    /// A child process of the server's: it is to be reaped, and its end means nothing.
    virtual void reap(pid_t child) = 0;

    [[nodiscard]] virtual EventBus& event_bus() = 0;
};

}   // namespace talos::api
