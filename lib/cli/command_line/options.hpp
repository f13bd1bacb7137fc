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

/// The command line as data: the global options and one struct for each verb.
namespace talos::cli {

struct GlobalOptions {
    std::string config;                ///< --config; empty: not given
    std::string data_dir;              ///< --data-dir; empty: not given
    std::vector<uid_t> trust_owners;   ///< --trust-owner, as numbers
    bool json = false;
    terminal::ColorMode color = terminal::ColorMode::automatic;
};

using Words = std::vector<std::string>;   ///< worker names, globs or `all`

struct StartOptions {
    Words workers;   ///< empty: talosd itself; here and in stop and restart
    bool no_wait = false;
    bool wait = false;   ///< talosd itself: until its workers are up, or one has failed
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
    bool rolling = false;   ///< with workers: one after the other
    std::optional<Millis> timeout;
};
struct StatusOptions {
    Words workers;
    bool watch = false;
    bool names = false;
    bool tree = false;
    bool wide = false;   ///< with memory and CPU time
};
inline constexpr std::size_t default_lines = 50;   ///< of logs and events

struct LogsOptions {
    Words workers;
    std::optional<std::size_t>
        lines;   ///< the last ones of those that are wanted; none: 50, or all when `since` says from where on
    std::optional<std::int64_t> since;   ///< ns since the epoch; 0: from the beginning, also of a log without times
    std::optional<std::int64_t> until;   ///< likewise: only lines before it; not with `follow`
    bool timestamps = false;             ///< each line behind its time
    bool runs = false;                   ///< a line where another run of the worker begins
    bool utc = false;                    ///< the times of both in UTC
    std::string grep;                    ///< a regular expression; empty: all lines
    bool ignore_case = false;            ///< in `grep`
    std::string stream;                  ///< `stdout` or `stderr`; empty: both
    bool follow = false;
};
struct EventsOptions {
    std::optional<std::size_t> lines;   ///< none: 50, or all when `since` says from where on
    bool all = false;                   ///< -n all
    std::optional<WallTime> since;
    std::optional<std::uint64_t> since_sequence;   ///< only those behind this one
    std::string worker;                            ///< glob; empty: all, talosd's own events too
    bool follow = false;
};
struct WhyOptions {
    std::string worker;   ///< empty: whatever is not as wanted
};
enum class GraphFormat : std::uint8_t { dot, mermaid };

struct ConfigOptions {
    bool validate = false;
    bool paths = false;
    bool running = false;   ///< what talosd runs with, in place of what the file says
    std::optional<GraphFormat> graph;
};
struct WaitOptions {
    Words workers;
    std::string state = "running";
    std::optional<Millis> timeout;
};
struct ScaleOptions {
    std::vector<std::pair<std::string, std::optional<std::uint32_t>>>
        groups;   ///< how many instances of which, each once; none: the config's number
    bool save = false;
    bool no_wait = false;
    std::optional<Millis> timeout;
};
struct SignalOptions {
    std::string signal;
    Words workers;
};
/// Commands that are done at once: `reset`, `pause`, `resume`, `enable`, `rotate`.
struct DeedOptions {
    std::string verb;
    Words workers;   ///< empty: all, of `rotate` alone
};
struct DisableOptions {
    Words workers;
    bool no_wait = false;
    std::optional<Millis> timeout;
};
struct ReloadOptions {
    Words workers;   ///< these are to read their own configs; empty: talosd its own
    bool dry_run = false;
    bool all_at_once = false;
    bool no_wait = false;
    std::optional<Millis> timeout;
};

struct DiffOptions {};   ///< reload --dry-run

using Verb =
    std::variant<StartOptions, StopOptions, RestartOptions, StatusOptions, LogsOptions, EventsOptions, WhyOptions, ConfigOptions,
                 WaitOptions, SignalOptions, ScaleOptions, ReloadOptions, DiffOptions, DeedOptions, DisableOptions>;

struct CommandLine {
    GlobalOptions global;
    Verb verb;
};

}   // namespace talos::cli
