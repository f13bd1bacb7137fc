#include "config/model/instances.hpp"
#include "core/signal_name.hpp"
#include "state/json_members.hpp"
#include "state/status_document.hpp"
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <exception>
#include <limits>
#include <unordered_set>

namespace json = boost::json;

namespace talos::state {
namespace {

constexpr std::size_t longest_name = 255;

int read_signal(Members& members) {
    const auto signal = signal_number(members.text("signal"));
    if (!signal) members.fail("signal", "the name of a signal was expected");
    return signal.value_or(0);
}

worker::LastExit read_exit(Members members) {
    worker::LastExit exit;
    if (members.has("code") == members.has("signal")) members.fail("code", "either this or `signal` was expected");
    if (members.has("signal")) {
        exit.status.signal = read_signal(members);
        exit.status.core_dumped = members.flag("coreDumped");
    } else {
        exit.status.code = static_cast<int>(members.number("code", 0, 255));
    }
    exit.at = members.time("at");
    exit.uptime = members.duration("uptime");
    return exit;
}

/// Names become parts of paths and of terminal output. A name that the config does not allow is rejected.
bool is_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name || name == "." || name == "..") return false;
    for (const char c : name) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == '/' || c == 0x7f) return false;
    }
    return true;
}

void read_process(Members& members, WorkerStatus& worker) {
    if (!members.has("pid")) return;
    worker.pid = members.pid("pid");
    worker.start_ticks = members.number("startTicks", 0, std::numeric_limits<std::uint64_t>::max());
    if (members.has("startedAt")) worker.started_at = members.time("startedAt");
}

LogStatus read_log(Members members) {
    LogStatus log;
    if (members.has("trouble")) {
        log.trouble = members.text("trouble");
        log.since = members.time("since");
    }
    log.dropped_lines = members.number("droppedLines", 0, largest_number);
    log.dropped_bytes = members.number("droppedBytes", 0, largest_number);
    return log;
}

NotifyStatus read_notify(Members members) {
    NotifyStatus notify;
    if (members.has("status")) notify.text = members.text("status");
    if (members.has("reloading")) notify.reloading = members.flag("reloading");
    if (members.has("stopping")) notify.stopping = members.flag("stopping");
    if (members.has("mainPid")) notify.main_pid = members.pid("mainPid");
    if (members.has("heartbeatAt")) notify.heartbeat_at = members.time("heartbeatAt");
    return notify;
}

std::vector<std::pair<std::string, std::string>> read_depends_on(Members members, const json::object& object) {
    std::vector<std::pair<std::string, std::string>> depends_on;
    for (const auto& [worker, condition] : object) {
        const std::string name(worker.data(), worker.size());
        if (!is_name(name)) members.fail(name, "the name of a worker was expected");
        depends_on.emplace_back(name, members.text(name));
    }
    return depends_on;
}

UsageStatus read_usage(Members members) {
    UsageStatus usage;
    usage.processes = static_cast<std::uint32_t>(members.number("processes", 0, std::numeric_limits<std::uint32_t>::max()));
    usage.memory = members.number("memory", 0, largest_number);
    usage.cpu = members.duration("cpu");
    return usage;
}

HealthStatus read_health(Members members) {
    HealthStatus health;
    const auto state = worker::health_state_from(members.text("state"));
    if (!state) members.fail("state", "`unknown`, `healthy` or `unhealthy` was expected");
    health.state = state.value_or(worker::HealthState::unknown);
    health.since = members.time("since");
    health.failures = static_cast<std::uint32_t>(members.number("failures", 0, std::numeric_limits<std::uint32_t>::max()));
    if (members.has("reason")) health.reason = members.text("reason");
    return health;
}

std::vector<std::string> read_names(Members& members, std::string_view key) {
    std::vector<std::string> names;
    const auto* list = members.has(key) ? members.list(key) : nullptr;
    if (list == nullptr) return names;
    for (const auto& name : *list) {
        if (name.is_string()) names.emplace_back(name.get_string().data(), name.get_string().size());
        else members.fail(key, "an array of names was expected");
    }
    return names;
}

/// Reads an optional object.
template <class Value, class Read>
void read_part(Members& members, std::string_view key, std::optional<Value>& part, Read read) {
    if (!members.has(key)) return;
    if (const auto* object = members.object(key)) part = read(Members(*object, members.at(key), members.failure()));
}

/// The document has no word for it. A reason says why an `exited` one could not even begin.
bool has_completed(const WorkerStatus& worker) {
    if (!worker.oneshot || worker.pid != 0 || !worker.last_exit || !worker.last_exit->status.clean()) return false;
    return worker.state == worker::State::running || (worker.state == worker::State::exited && worker.reason.empty());
}

WorkerStatus read_worker(Members members) {
    WorkerStatus worker;
    worker.name = members.text("name");
    if (!is_name(worker.name)) members.fail("name", "the name of a worker was expected");
    if (members.has("group")) {
        worker.group = members.text("group");
        if (!is_name(worker.group)) members.fail("group", "the name of a group was expected");
    }
    const auto state = state_from(members.text("state"));
    if (!state) members.fail("state", "a state of a worker was expected");
    worker.state = state.value_or(worker::State::stopped);
    const auto goal = members.text("goal");
    if (goal != "up" && goal != "down") members.fail("goal", "`up` or `down` was expected");
    worker.goal = goal == "up" ? worker::Goal::up : worker::Goal::down;
    worker.ready = members.flag("ready");
    if (members.has("paused")) worker.paused = members.flag("paused");
    if (members.has("disabled")) worker.disabled = members.flag("disabled");
    if (members.has("reloading")) worker.reloading = members.flag("reloading");
    if (members.has("oldConfig")) worker.old_config = members.flag("oldConfig");
    if (members.has("kind")) worker.oneshot = members.text("kind") == "oneshot";
    read_process(members, worker);
    worker.since = members.time("since");
    worker.restarts = static_cast<std::uint32_t>(members.number("restarts", 0, std::numeric_limits<std::uint32_t>::max()));
    read_part(members, "lastExit", worker.last_exit, read_exit);
    if (members.has("nextStartAt")) worker.next_start = members.time("nextStartAt");
    if (members.has("failures")) {
        if (const auto* object = members.object("failures")) {
            Members counts(*object, members.at("failures"), members.failure());
            constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
            worker.failures = static_cast<std::uint32_t>(counts.number("inRow", 0, most));
            worker.failures_last_hour = static_cast<std::uint32_t>(counts.number("lastHour", 0, most));
        }
    }
    if (members.has("reason")) worker.reason = members.text("reason");
    if (members.has("reasonCode")) worker.reason_code = reason_code_from(members.text("reasonCode"));
    if (has_completed(worker)) {
        worker.remains_up = worker.state == worker::State::running;
        worker.state = worker::State::completed;
    }
    for_each_object(members, "stop", [&](Members step) {
        const int signal = read_signal(step);
        worker.stop.push_back({signal, step.duration("wait")});
    });
    if (members.has("stopHooks")) worker.stop_hooks = members.duration("stopHooks");
    if (members.has("dependsOn")) {
        if (const auto* object = members.object("dependsOn"))
            worker.depends_on = read_depends_on(Members(*object, members.at("dependsOn"), members.failure()), *object);
    }
    worker.waiting_for = read_names(members, "waitingFor");
    read_part(members, "log", worker.log, read_log);
    read_part(members, "notify", worker.notify, read_notify);
    read_part(members, "health", worker.health, read_health);
    read_part(members, "usage", worker.usage, read_usage);
    if (members.has("cgroup")) worker.cgroup = members.text("cgroup");
    return worker;
}

/// Absent in documents of talosd 0.1.0.
void read_processes(Members members, StatusHead& head) {
    if (members.text("proof") != "cgroup") {
        head.no_cgroup = members.text("reason");
        return;
    }
    constexpr auto any = std::numeric_limits<std::uint64_t>::max();
    head.cgroup.path = members.text_with_content("cgroup");
    head.cgroup.inode = members.number("inode", 0, any);
    head.cgroup.name_space = members.number("namespace", 0, any);
}

UnownedProcess read_unowned(Members members) {
    UnownedProcess process;
    process.pid = members.pid("pid");
    process.start_ticks = members.number("startTicks", 0, std::numeric_limits<std::uint64_t>::max());
    process.command = members.text("command");
    return process;
}

SavedScale read_scale(Members members) {
    SavedScale scale;
    scale.group = members.text("group");
    scale.instances = static_cast<std::uint32_t>(members.number("instances", 0, config::most_instances));
    scale.configured = static_cast<std::uint32_t>(members.number("configured", 0, config::most_instances));
    return scale;
}

DaemonState read_state(Members& members) {
    const auto text = members.text("state");
    for (const auto state : {DaemonState::starting, DaemonState::running, DaemonState::stopping}) {
        if (to_text(state) == text) return state;
    }
    members.fail("state", "`starting`, `running` or `stopping` was expected");
    return DaemonState::starting;
}

StatusHead read_head(Members& members, DocumentOf kind) {
    StatusHead head;
    const auto schema = members.number("schema", 1, largest_number);
    if (schema > static_cast<std::uint64_t>(status_schema)) {
        members.fail("schema",
                     std::to_string(schema) + " is newer than this program, which supports " + std::to_string(status_schema));
    }
    constexpr auto any = std::numeric_limits<std::uint64_t>::max();
    head.version = members.text("version");
    head.sequence = members.number("sequence", 0, largest_number);
    head.identity.pid = members.pid("pid");
    head.started_at = members.time("startedAt");
    if (members.has("configPath")) head.config_path = members.text("configPath");
    head.state = read_state(members);
    head.identity.start_ticks = members.number("startTicks", 0, any);
    head.identity.boot_id = members.text_with_content("bootId");
    head.identity.pid_namespace = members.number("pidNamespace", 0, any);
    if (kind == DocumentOf::file) head.run = members.text_with_content("run");
    head.stop_timeout = members.duration("stopTimeout");
    if (members.has("processes")) {
        if (const auto* object = members.object("processes"))
            read_processes(Members(*object, members.at("processes"), members.failure()), head);
    }
    if (members.has("unowned"))
        for_each_object(members, "unowned", [&](Members process) { head.unowned.push_back(read_unowned(std::move(process))); });
    head.empty_groups = read_names(members, "emptyGroups");
    if (members.has("savedScales"))
        for_each_object(members, "savedScales",
                        [&](Members scale) { head.saved_scales.push_back(read_scale(std::move(scale))); });
    if (members.has("configChanged")) head.config_changed = members.flag("configChanged");
    head.changed_files = read_names(members, "changedFiles");
    head.updated_at = members.time("updatedAt");
    return head;
}

Result<StatusDocument> read_document(std::string_view text, DocumentOf kind) {
    json::monotonic_resource memory;
    json::parse_options options;
    options.max_depth = 32;
    boost::system::error_code error;
    const auto root = json::parse(text, error, &memory, options);
    if (error) return refused("no JSON document: " + error.message());
    if (!root.is_object()) return refused("a JSON object was expected");

    StatusDocument document;
    std::string failure;
    Members members(root.get_object(), "", failure);
    document.head = read_head(members, kind);
    std::unordered_set<std::string> names;
    for_each_object(members, "workers", [&](Members worker) {
        document.workers.push_back(read_worker(worker));
        if (!names.insert(document.workers.back().name).second) worker.fail("name", "another worker has the same name");
    });
    if (!failure.empty()) return refused(failure);
    return document;
}

}   // namespace

Result<StatusDocument> parse_status(std::string_view text, DocumentOf kind) {
    if (text.size() > status_limit) return failure_of(EFBIG, "status document");
    try {
        return read_document(text, kind);
    } catch (const std::exception& exception) {   // the parser ran out of memory
        return refused(std::string("status document: ") + exception.what());
    }
}

Result<StatusDocument> read_status(const std::string& path) {
    const auto text = posix::read_file(path, status_limit);
    if (!text) return text.error();
    auto document = parse_status(*text);
    if (!document) return Failure{document.error().code, path + ": " + document.error().what};
    return document;
}

}   // namespace talos::state
