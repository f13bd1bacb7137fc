#pragma once
#include "core/boxed.hpp"
#include "core/time.hpp"
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What the config says, as data only. The defaults here are the documented ones; parse and validation fill the rest.
namespace talos::config {

struct RestartSpec {
    enum class Policy : std::uint8_t { always, on_failure, never };
    Policy policy = Policy::on_failure;
    std::uint32_t limit = 0;          ///< failures within `window` that end in `fatal`; 0: no limit
    Millis delay{100};                ///< before the first restart
    Millis max_delay{30'000};
    double factor = 2;                ///< ≥ 1
    double jitter = 0.1;              ///< 0..1, share of the delay
    Millis reset_after{10'000};       ///< a run of at least this counts as failure 0
    Millis window{60'000};
    friend bool operator==(const RestartSpec&, const RestartSpec&) = default;
};

struct StopStep {
    int signal = SIGTERM;
    Millis wait{30'000};
    friend bool operator==(const StopStep&, const StopStep&) = default;
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
    bool daily = false;                    ///< rotated at local midnight; then rotate_every is 0
    std::uint32_t keep = 5;                ///< rotated files besides the current one
    std::uint32_t max_line = 16 * 1024;    ///< longer ones come in pieces
    std::uint64_t rotate_size = 10u << 20;
    Millis rotate_every{0};                ///< 0: by size alone
    std::string file;                      ///< empty: `logs/NAME.log`; relative to the data directory
    friend bool operator==(const LogSpec&, const LogSpec&) = default;
};

enum class Streams : std::uint8_t { joined, separate };   ///< joined: one pipe for stdout and stderr, in the order of writing

enum class SupervisorDeath : std::uint8_t { keep, kill };   ///< kill: PDEATHSIG

constexpr std::uint64_t unlimited = ~std::uint64_t{0};

/// What is absent stays as talosd has it.
struct ResourceLimit {
    int resource = 0;                       ///< RLIMIT_...
    std::optional<std::uint64_t> soft;
    std::optional<std::uint64_t> hard;
    friend bool operator==(const ResourceLimit&, const ResourceLimit&) = default;
};

/// Who a worker is and what the kernel grants it; what is absent or empty stays as talosd has it.
struct ProcessSpec {
    std::string user;                                   ///< name or number
    std::string group;                                  ///< empty: the user's own
    std::optional<std::vector<std::string>> groups;     ///< supplementary ones; absent: those of the user
    std::optional<std::uint32_t> umask;
    std::optional<std::int32_t> nice;                   ///< -20..19
    std::optional<std::int32_t> oom_score_adj;          ///< -1000..1000
    std::vector<ResourceLimit> rlimits;                 ///< in the file's order, each resource once
    std::vector<unsigned> cpus;                         ///< ascending; empty: all
    bool no_new_privileges = false;
    friend bool operator==(const ProcessSpec&, const ProcessSpec&) = default;
};

/// What makes a worker `running` in place of startTime. One question; what belongs to another keeps its default.
struct ReadySpec {
    enum class Kind : std::uint8_t { notify, fd, tcp, http, exec, log };
    Kind kind = Kind::notify;         ///< fd: a newline on descriptor 3
    Millis timeout{60'000};           ///< from the spawn on; then the start has failed
    Millis interval{1'000};           ///< tcp, http, exec: from look to look, after some that come sooner
    std::string target;               ///< tcp: address and port; http: the URL; log: the regular expression that a line of its output is to match
    std::uint32_t status = 200;       ///< http: of the answer
    std::vector<std::string> command; ///< exec
    friend bool operator==(const ReadySpec&, const ReadySpec&) = default;
};

/// Whether talosd looks for itself, again and again, or is told.
[[nodiscard]] constexpr bool looks_again(ReadySpec::Kind kind) {
    return kind == ReadySpec::Kind::tcp || kind == ReadySpec::Kind::http || kind == ReadySpec::Kind::exec;
}

/// One of several workers that are made of one pattern.
struct InstanceSpec {
    std::string of;                   ///< the pattern's name, which means all of them
    std::uint32_t index = 0;          ///< from 1
    friend bool operator==(const InstanceSpec&, const InstanceSpec&) = default;
};

struct WorkerSpec {
    std::string name;
    std::vector<std::string> command;                        ///< never empty
    std::string cwd;                                         ///< absolute
    std::vector<std::pair<std::string, std::string>> env;    ///< added to what talosd was given
    bool autostart = true;
    SupervisorDeath on_supervisor_death = SupervisorDeath::keep;
    Millis start_time{1'000};                                ///< counts when there is no `ready`
    RestartSpec restart;
    std::vector<StopStep> stop{StopStep{}};                  ///< SIGKILL always comes last and is not in here
    Streams streams = Streams::joined;
    Boxed<ProcessSpec> process;                              ///< few have one
    Boxed<ReadySpec> ready;                                  ///< likewise
    Boxed<InstanceSpec> instance;                            ///< likewise
    std::vector<LogSpec> log{LogSpec{}};                     ///< none: no pipe, output to /dev/null; at most one of them inherits
    friend bool operator==(const WorkerSpec&, const WorkerSpec&) = default;
};

/// The first file of a worker's output, which is the one that is read back; nullptr when there is none.
[[nodiscard]] inline const LogSpec* log_file(const WorkerSpec& worker) {
    for (const auto& log : worker.log)
        if (log.target == LogSpec::Target::file) return &log;
    return nullptr;
}

/// Lets others than the owner and root use the control API.
struct AccessRule {
    enum class May : std::uint8_t { read, control };
    std::string user;                ///< a name or a number; empty when it is about a group
    std::string group;
    May may = May::read;             ///< control includes read
    std::string workers = "*";       ///< a glob over their names; `*` alone also allows what concerns talosd itself (reload, shutdown, metrics)
    friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

/// A worker with `instances`.
struct Group {
    WorkerSpec pattern;       ///< as written, each `{index}` still to be filled in
    std::uint32_t count = 0;  ///< of instances
    std::size_t place = 0;    ///< the first one's among the workers; without any: theirs
    friend bool operator==(const Group&, const Group&) = default;
};

struct Config {
    std::string path;         ///< absolute path of the file; empty for an ad hoc command
    std::string data_dir;     ///< as written but absolute (relative ones resolved against the file); empty: not given
    std::string control_socket;        ///< absolute; empty: `control.sock` in the data directory
    std::vector<AccessRule> access;    ///< needs a control_socket outside the data directory, which is closed to others
    std::vector<WorkerSpec> workers;   ///< in the file's order, instances in that of their numbers
    std::vector<Group> groups;         ///< in the file's order; their instances are among the workers
    friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace talos::config
