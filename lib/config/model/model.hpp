#pragma once
#include "config/model/stop_steps.hpp"
#include "core/boxed.hpp"
#include "core/time.hpp"
#include <array>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the config says, as data only. The defaults here are the documented ones; parse and validation fill the rest.
namespace talos::config {

struct RestartSpec {
    enum class Policy : std::uint8_t { always, on_failure, never };
    Policy policy = Policy::on_failure;
    std::uint32_t limit = 0;   ///< failures within `window` that end in `fatal`; 0: no limit
    Millis delay{100};         ///< before the first restart
    Millis max_delay{30'000};
    double factor = 2;            ///< ≥ 1
    double jitter = 0.1;          ///< 0..1, share of the delay
    Millis reset_after{10'000};   ///< a run of at least this counts as failure 0
    Millis window{60'000};
    friend bool operator==(const RestartSpec&, const RestartSpec&) = default;
};

/// One place that a worker's output goes to.
struct LogSpec {
    enum class Target : std::uint8_t { file, inherit };
    enum class Format : std::uint8_t { cri, raw, json };
    enum class OnFull : std::uint8_t { drop, block };
    enum class Compress : std::uint8_t { none, zstd };
    enum class Inherit : std::uint8_t { prefixed, bare };
    Target target = Target::file;
    Inherit inherit = Inherit::prefixed;   ///< to talosd's own stdout: behind the worker's name, or as it is
    // the rest is about files
    Format format = Format::cri;
    OnFull on_full = OnFull::drop;
    Compress compress = Compress::none;
    bool daily = false;                   ///< rotated at local midnight; then rotate_every is 0
    std::uint32_t keep = 5;               ///< rotated files besides the current one
    std::uint32_t max_line = 16 * 1024;   ///< longer ones come in pieces
    std::uint64_t rotate_size = 10u << 20;
    Millis rotate_every{0};   ///< 0: by size alone
    std::string file;         ///< empty: `logs/NAME.log`; relative to the data directory
    friend bool operator==(const LogSpec&, const LogSpec&) = default;
};

enum class Streams : std::uint8_t { joined, separate };   ///< joined: one pipe for stdout and stderr, in the order of writing

enum class SupervisorDeath : std::uint8_t { keep, kill };   ///< kill: PDEATHSIG

constexpr std::uint64_t unlimited = ~std::uint64_t{0};

/// What is absent stays as talosd has it.
struct ResourceLimit {
    int resource = 0;   ///< RLIMIT_...
    std::optional<std::uint64_t> soft;
    std::optional<std::uint64_t> hard;
    friend bool operator==(const ResourceLimit&, const ResourceLimit&) = default;
};

/// Who a worker is and what the kernel grants it; what is absent or empty stays as talosd has it.
struct ProcessSpec {
    std::string user;                                 ///< name or number
    std::string group;                                ///< empty: the user's own
    std::optional<std::vector<std::string>> groups;   ///< supplementary ones; absent: those of the user
    std::optional<std::uint32_t> umask;
    std::optional<std::int32_t> nice;            ///< -20..19
    std::optional<std::int32_t> oom_score_adj;   ///< -1000..1000
    std::vector<ResourceLimit> rlimits;          ///< in the file's order, each resource once
    std::vector<unsigned> cpus;                  ///< ascending; empty: all
    bool no_new_privileges = false;
    friend bool operator==(const ProcessSpec&, const ProcessSpec&) = default;
};

/// Statuses of an HTTP answer, from the first to the last one.
struct StatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 200;
    friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

/// What talosd asks from outside, to see whether a program does its work. What belongs to another kind keeps its default.
struct ProbeSpec {
    enum class Kind : std::uint8_t { tcp, http, exec };
    Kind kind = Kind::tcp;
    std::vector<StatusRange> status;              ///< http: of the answer, each that counts as success; empty: 200
    std::string target;                           ///< tcp: address and port; http: the URL
    std::map<std::string, std::string> headers;   ///< http: sent along, in place of ours of the same name
    std::vector<std::string> command;             ///< exec
    friend bool operator==(const ProbeSpec&, const ProbeSpec&) = default;
};

/// What makes a worker `running` in place of startTime. One question; what belongs to another keeps its default.
struct ReadySpec {
    enum class Kind : std::uint8_t { notify, fd, log, probe };
    Kind kind = Kind::notify;   ///< fd: a newline on descriptor 3
    Millis timeout{60'000};     ///< from the spawn on; then the start has failed
    Millis interval{1'000};     ///< probe: from look to look, after some that come sooner
    std::string pattern;        ///< log: the regular expression that a line of its output is to match
    ProbeSpec probe;
    friend bool operator==(const ReadySpec&, const ReadySpec&) = default;
};

/// What tells whether a running worker does its work. One question, asked again and again.
struct HealthSpec {
    enum class Kind : std::uint8_t { probe, watchdog };
    enum class Action : std::uint8_t { restart, mark };
    Kind kind = Kind::probe;
    Action action = Action::restart;   ///< on one that is unhealthy
    Millis interval{10'000};           ///< probe: from look to look; watchdog: the longest time between two heartbeats
    Millis timeout{5'000};             ///< probe: of one look
    Millis grace{0};                   ///< from `running` on: failures do not count until the first success
    std::uint32_t failures = 3;        ///< probe: in a row, that make it unhealthy
    std::uint32_t successes = 1;       ///< probe: in a row, that make it healthy
    ProbeSpec probe;
    friend bool operator==(const HealthSpec&, const HealthSpec&) = default;
};

/// Another worker that has to be there before this one is started.
struct Dependency {
    enum class Condition : std::uint8_t { started, ready, healthy, completed };   ///< completed: its last run ended with code 0
    enum class OnFailure : std::uint8_t {
        ignore,
        stop,
        restart
    };   ///< of this one: stopped at once, or restarted when the other is back
    std::string worker;
    Condition condition = Condition::ready;
    OnFailure on_failure = OnFailure::ignore;
    friend bool operator==(const Dependency&, const Dependency&) = default;
};

/// What a worker is for: to be up, or to be done.
enum class WorkerKind : std::uint8_t { service, oneshot };

/// Ends of a run that no start is to follow.
struct FatalExits {
    std::vector<std::uint8_t> codes;   ///< ascending
    std::vector<int> signals;          ///< ascending
    friend bool operator==(const FatalExits&, const FatalExits&) = default;
};

/// A directory of a worker's own. What each kind is for, and where it lies, is told by directory_base().
struct DirectorySpec {
    std::string name;   ///< relative, without `..`; several components are allowed
    std::uint32_t mode = 0755;
    friend bool operator==(const DirectorySpec&, const DirectorySpec&) = default;
};

enum class DirectoryKind : std::uint8_t { runtime, state, logs };

inline constexpr std::array all_directory_kinds{DirectoryKind::runtime, DirectoryKind::state, DirectoryKind::logs};

/// As it is spelled in the config.
[[nodiscard]] constexpr std::string_view to_text(DirectoryKind kind) {
    switch (kind) {
    case DirectoryKind::runtime: return "runtime";
    case DirectoryKind::state: return "state";
    case DirectoryKind::logs: return "logs";
    }
    __builtin_unreachable();
}

/// What the worker finds the full paths in, separated by colons.
[[nodiscard]] constexpr std::string_view variable_of(DirectoryKind kind) {
    switch (kind) {
    case DirectoryKind::runtime: return "RUNTIME_DIRECTORY";
    case DirectoryKind::state: return "STATE_DIRECTORY";
    case DirectoryKind::logs: return "LOGS_DIRECTORY";
    }
    __builtin_unreachable();
}

struct DirectoriesSpec {
    std::array<std::vector<DirectorySpec>, all_directory_kinds.size()> by_kind;   ///< each name once
    [[nodiscard]] const std::vector<DirectorySpec>& of(DirectoryKind kind) const {
        return by_kind.at(static_cast<std::size_t>(kind));
    }
    friend bool operator==(const DirectoriesSpec&, const DirectoriesSpec&) = default;
};

/// A program that is run beside a worker when something becomes of it.
struct HookSpec {
    std::vector<std::string> command;
    Millis timeout{30'000};   ///< then it is ended, and has failed
    friend bool operator==(const HookSpec&, const HookSpec&) = default;
};

enum class Hook : std::uint8_t {
    none,
    pre_start,
    post_start,
    pre_stop,
    post_stop,
    on_unhealthy,
    on_fatal,
    reload
};   ///< reload: the command of ReloadSpec

/// Those that `hooks` of the config has.
inline constexpr std::array all_hooks{Hook::pre_start, Hook::post_start,   Hook::pre_stop,
                                      Hook::post_stop, Hook::on_unhealthy, Hook::on_fatal};

/// It tells others what has become of the worker: nothing but a stop waits for it.
[[nodiscard]] constexpr bool is_notice(Hook hook) { return hook == Hook::on_unhealthy || hook == Hook::on_fatal; }

/// As it is spelled in the config, the history and the environment of its program.
[[nodiscard]] constexpr std::string_view to_text(Hook hook) {
    switch (hook) {
    case Hook::none: return "";
    case Hook::pre_start: return "preStart";
    case Hook::post_start: return "postStart";
    case Hook::pre_stop: return "preStop";
    case Hook::post_stop: return "postStop";
    case Hook::on_unhealthy: return "onUnhealthy";
    case Hook::on_fatal: return "onFatal";
    case Hook::reload: return "reload";
    }
    __builtin_unreachable();
}

struct HooksSpec {
    std::array<std::optional<HookSpec>, all_hooks.size()> programs;   ///< in the order of all_hooks
    friend bool operator==(const HooksSpec&, const HooksSpec&) = default;
};

/// What makes a running worker read its own config again. Either a signal to its main process or a program that is run beside it, as hooks are.
struct ReloadSpec {
    int signal = 0;     ///< 0: the program
    HookSpec program;   ///< with a signal its timeout alone counts
    friend bool operator==(const ReloadSpec&, const ReloadSpec&) = default;
};

/// One of several workers that are made of one pattern.
struct InstanceSpec {
    std::string of;            ///< the pattern's name, which means all of them
    std::uint32_t index = 0;   ///< from 1
    friend bool operator==(const InstanceSpec&, const InstanceSpec&) = default;
};

/// What is special about its messages of sd_notify(3).
struct NotifySpec {
    std::string user;   ///< that may send beside the worker's own and root: name or number
    friend bool operator==(const NotifySpec&, const NotifySpec&) = default;
};

struct WorkerSpec {
    std::string name;
    std::vector<std::string> command;                       ///< never empty
    std::string cwd;                                        ///< absolute
    std::vector<std::pair<std::string, std::string>> env;   ///< added to what talosd was given
    bool autostart = true;
    WorkerKind kind = WorkerKind::service;
    bool remain_up = false;   ///< oneshot: running once it is done, until it is stopped
    SupervisorDeath on_supervisor_death = SupervisorDeath::keep;
    Streams streams = Streams::joined;
    Millis start_time{1'000};   ///< counts when there is no `ready`
    RestartSpec restart;
    StopSteps stop;                              ///< SIGKILL always comes last and is not in here
    Boxed<ProcessSpec> process;                  ///< few have one
    Boxed<ReadySpec> ready;                      ///< likewise
    Boxed<HealthSpec> health;                    ///< likewise
    Boxed<NotifySpec> notify;                    ///< likewise
    Boxed<std::vector<Dependency>> depends_on;   ///< in the file's order, each worker once; likewise
    Boxed<ReloadSpec> reload;                    ///< likewise
    Boxed<HooksSpec> hooks;                      ///< likewise; at least one of them when there
    Boxed<InstanceSpec> instance;                ///< likewise
    Boxed<FatalExits> fatal_exits;               ///< likewise; at least one of them when there
    Boxed<DirectoriesSpec> directories;          ///< likewise
    std::vector<LogSpec> log{LogSpec{}};         ///< none: no pipe, output to /dev/null; at most one of them inherits
    friend bool operator==(const WorkerSpec&, const WorkerSpec&) = default;
};

/// Empty: none.
[[nodiscard]] inline std::string notify_user(const WorkerSpec& worker) {
    return worker.notify.get() != nullptr ? worker.notify.get()->user : std::string();
}

/// nullptr where nothing is to be run.
[[nodiscard]] inline const HookSpec* find_hook(const WorkerSpec& worker, Hook hook) {
    if (hook == Hook::reload) {
        const auto* reload = worker.reload.get();
        return reload != nullptr && reload->signal == 0 ? &reload->program : nullptr;
    }
    const auto* hooks = worker.hooks.get();
    if (hooks == nullptr || hook == Hook::none) return nullptr;
    const auto& program = hooks->programs[static_cast<std::size_t>(hook) - 1];
    return program ? &*program : nullptr;
}

/// The first file of a worker's output, which is the one that is read back; nullptr when there is none.
[[nodiscard]] inline const LogSpec* log_file(const WorkerSpec& worker) {
    for (const auto& log : worker.log)
        if (log.target == LogSpec::Target::file) return &log;
    return nullptr;
}

/// Lets others than the owner and root use the control API.
struct AccessRule {
    enum class May : std::uint8_t { read, control };
    std::string user;   ///< a name or a number; empty when it is about a group
    std::string group;
    May may = May::read;   ///< control includes read
    std::string workers =
        "*";   ///< a glob over their names; `*` alone also allows what concerns talosd itself (reload, shutdown, metrics)
    friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

/// A worker with `instances`.
struct Group {
    WorkerSpec pattern;             ///< as written, each `{index}` still to be filled in
    std::uint32_t count = 0;        ///< of instances
    std::uint32_t configured = 0;   ///< as the config has it; a command may have changed `count`
    std::size_t place = 0;          ///< the first one's among the workers; without any: theirs
    friend bool operator==(const Group&, const Group&) = default;
};

struct Config {
    std::string path;                  ///< absolute path of the file; empty for an ad hoc command
    std::string data_dir;              ///< as written but absolute (relative ones resolved against the file); empty: not given
    std::string control_socket;        ///< absolute; empty: `control.sock` in the data directory
    std::vector<AccessRule> access;    ///< needs a control_socket outside the data directory, which is closed to others
    bool cgroup = true;                ///< `auto`: each run gets a cgroup of its own where the system allows it; false: `off`
    std::vector<WorkerSpec> workers;   ///< in the file's order, instances in that of their numbers
    std::vector<Group> groups;         ///< in the file's order; their instances are among the workers
    friend bool operator==(const Config&, const Config&) = default;
};

}   // namespace talos::config
