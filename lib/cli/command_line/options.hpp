#pragma once
#include "core/time.hpp"
#include "terminal/style.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <variant>
#include <vector>

/// The command line as data: the global options, and one struct for each verb.
namespace talos::cli {

struct GlobalOptions {
    std::string config;                ///< --config; empty: not given
    std::string data_dir;              ///< --data-dir; empty: not given
    std::vector<uid_t> trust_owners;   ///< --trust-owner, as uids
    bool json = false;
    terminal::ColorMode color = terminal::ColorMode::automatic;
};

using Words = std::vector<std::string>;   ///< worker names, globs or `all`

struct StartOptions {
    Words workers;   ///< empty: talosd itself; also in stop and restart
    bool no_wait = false;
    bool wait = false;   ///< for talosd itself: until its workers are up or one has failed
    std::optional<Millis> timeout;
};
struct StopOptions {
    Words workers;
    bool no_wait = false;
    bool force = false;
    std::optional<Millis> timeout;
};
struct RestartOptions {
    Words workers;
    bool no_wait = false;
    bool force = false;
    bool rolling = false;   ///< with workers: restart one after the other
    std::optional<Millis> timeout;
};
struct StatusOptions {
    Words workers;
    bool watch = false;
    bool names = false;
    bool tree = false;
    bool wide = false;   ///< include memory and CPU time
};
inline constexpr std::size_t default_lines = 50;   ///< of logs and events

struct LogsOptions {
    Words workers;
    std::optional<std::size_t> lines;    ///< the last lines of the selected ones; nullopt: 50, or all if `since` is given
    std::optional<std::int64_t> since;   ///< ns since the epoch; 0: from the beginning, logs without timestamps included
    std::optional<std::int64_t> until;   ///< ns since the epoch, exclusive; not with `follow`
    bool timestamps = false;             ///< print each line's timestamp
    bool runs = false;                   ///< mark the line where a new run of the worker begins
    bool utc = false;                    ///< print both kinds of times in UTC
    std::string grep;                    ///< a regular expression; empty: all lines
    bool ignore_case = false;            ///< for `grep`
    std::string stream;                  ///< `stdout` or `stderr`; empty: both
    bool follow = false;
};
struct EventsOptions {
    std::optional<std::size_t> lines;   ///< nullopt: 50, or all if `since` is given
    bool all = false;                   ///< -n all
    std::optional<WallTime> since;
    std::optional<std::uint64_t> since_sequence;   ///< only events after this sequence
    std::string worker;                            ///< glob; empty: all events, those of talosd included
    bool follow = false;
};
struct WhyOptions {
    std::string worker;   ///< empty: every worker that is not in its wanted state
};
enum class GraphFormat : std::uint8_t { dot, mermaid };

struct ConfigOptions {
    bool validate = false;
    bool paths = false;
    bool running = false;   ///< the config that talosd has loaded, instead of the file
    std::optional<GraphFormat> graph;
};
struct WaitOptions {
    Words workers;
    std::string state = "running";
    std::optional<Millis> timeout;
};
struct ScaleOptions {
    std::vector<std::pair<std::string, std::optional<std::uint32_t>>>
        groups;   ///< each group once, with its number of instances; nullopt: the config's number
    bool save = false;
    bool no_wait = false;
    std::optional<Millis> timeout;
};
struct SignalOptions {
    std::string signal;
    Words workers;
};
/// Commands that complete immediately: `reset`, `pause`, `resume`, `enable`, `rotate`.
struct ImmediateOptions {
    std::string verb;
    Words workers;   ///< empty: all workers, for `rotate` only
};
struct DisableOptions {
    Words workers;
    bool no_wait = false;
    std::optional<Millis> timeout;
};
struct ReloadOptions {
    Words workers;   ///< the workers that reload their own configs; empty: talosd reloads
    bool dry_run = false;
    bool all_at_once = false;
    bool no_wait = false;
    std::optional<Millis> timeout;
};

struct DiffOptions {};   ///< an alias for reload --dry-run

using Verb =
    std::variant<StartOptions, StopOptions, RestartOptions, StatusOptions, LogsOptions, EventsOptions, WhyOptions, ConfigOptions,
                 WaitOptions, SignalOptions, ScaleOptions, ReloadOptions, DiffOptions, ImmediateOptions, DisableOptions>;

struct CommandLine {
    GlobalOptions global;
    Verb verb;
};

}   // namespace talos::cli
