#include "state/status_document.hpp"
#include "core/signal_name.hpp"
#include "core/text.hpp"
#include "state/json_text.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serializer.hpp>

namespace json = boost::json;

namespace talos::state {
namespace {

constexpr std::size_t buffer_size = 32 * 1024;

json::string to_json_string(std::string_view text, const json::storage_ptr& storage) {
    if (is_ascii(text)) return json::string(text, storage);
    return json::string(valid_utf8(text), storage);
}

json::object exit_object(const worker::LastExit& exit, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(4);
    if (exit.status.signal != 0) {
        object.emplace("signal", signal_name(exit.status.signal));
        object.emplace("coreDumped", exit.status.core_dumped);
    } else {
        object.emplace("code", exit.status.code);
    }
    object.emplace("at", to_ms(exit.at));
    object.emplace("uptime", exit.uptime.count());
    return object;
}

json::array plan_array(const std::vector<config::StopStep>& plan, const json::storage_ptr& storage) {
    json::array steps(storage);
    steps.reserve(plan.size());
    for (const auto& step : plan) {
        json::object object(storage);
        object.reserve(2);
        object.emplace("signal", signal_name(step.signal));
        object.emplace("wait", step.wait.count());
        steps.push_back(std::move(object));
    }
    return steps;
}

json::object log_object(const LogStatus& log, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(4);
    if (!log.trouble.empty()) {
        object.emplace("trouble", to_json_string(log.trouble, storage));
        object.emplace("since", to_ms(log.since));
    }
    object.emplace("droppedLines", log.dropped_lines);
    object.emplace("droppedBytes", log.dropped_bytes);
    return object;
}

json::object notify_object(const NotifyStatus& notify, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(5);
    if (!notify.text.empty()) object.emplace("status", to_json_string(notify.text, storage));
    if (notify.reloading) object.emplace("reloading", true);
    if (notify.stopping) object.emplace("stopping", true);
    if (notify.main_pid > 0) object.emplace("mainPid", notify.main_pid);
    if (notify.heartbeat_at) object.emplace("heartbeatAt", to_ms(*notify.heartbeat_at));
    return object;
}

json::object depends_on_object(const WorkerStatus& worker, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(worker.depends_on.size());
    for (const auto& [name, condition] : worker.depends_on) object.emplace(name, condition);
    return object;
}

json::array names_array(const std::vector<std::string>& names, const json::storage_ptr& storage) {
    json::array list(storage);
    list.reserve(names.size());
    for (const auto& name : names) list.push_back(to_json_string(name, storage));
    return list;
}

json::object failures_object(const WorkerStatus& worker, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(2);
    object.emplace("inRow", worker.failures);
    object.emplace("lastHour", worker.failures_last_hour);
    return object;
}

json::object health_object(const HealthStatus& health, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(4);
    object.emplace("state", worker::to_text(health.state));
    object.emplace("since", to_ms(health.since));
    object.emplace("failures", health.failures);
    if (!health.reason.empty()) object.emplace("reason", to_json_string(health.reason, storage));
    return object;
}

/// The method that decides which processes belong to a worker.
json::object processes_object(const StatusHead& head, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(4);
    if (head.cgroup.path.empty()) {
        object.emplace("proof", "facts");
        object.emplace("reason", to_json_string(head.no_cgroup, storage));
        return object;
    }
    object.emplace("proof", "cgroup");
    object.emplace("cgroup", to_json_string(head.cgroup.path, storage));
    object.emplace("inode", head.cgroup.inode);
    object.emplace("namespace", head.cgroup.name_space);
    return object;
}

json::array unowned_array(const std::vector<UnownedProcess>& unowned, const json::storage_ptr& storage) {
    json::array list(storage);
    list.reserve(unowned.size());
    for (const auto& process : unowned) {
        json::object object(storage);
        object.reserve(3);
        object.emplace("pid", process.pid);
        object.emplace("startTicks", process.start_ticks);
        object.emplace("command", to_json_string(process.command, storage));
        list.push_back(std::move(object));
    }
    return list;
}

json::array scales_array(const std::vector<SavedScale>& scales, const json::storage_ptr& storage) {
    json::array list(storage);
    for (const auto& scale : scales) {
        json::object object(storage);
        object.emplace("group", scale.group);
        object.emplace("instances", scale.instances);
        object.emplace("configured", scale.configured);
        list.push_back(std::move(object));
    }
    return list;
}

json::object usage_object(const UsageStatus& usage, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(3);
    object.emplace("processes", usage.processes);
    object.emplace("memory", usage.memory);
    object.emplace("cpu", usage.cpu.count());
    return object;
}

json::object worker_object(const WorkerStatus& worker, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(28);
    object.emplace("name", to_json_string(worker.name, storage));
    if (!worker.group.empty()) object.emplace("group", to_json_string(worker.group, storage));
    object.emplace("state", worker::to_text(documented_state(worker)));
    object.emplace("goal", worker::to_text(worker.goal));
    object.emplace("ready", worker.ready);
    if (worker.paused) object.emplace("paused", true);
    if (worker.disabled) object.emplace("disabled", true);
    if (worker.reloading) object.emplace("reloading", true);
    if (worker.old_config) object.emplace("oldConfig", true);
    if (worker.oneshot) object.emplace("kind", "oneshot");
    if (worker.pid > 0) {
        object.emplace("pid", worker.pid);
        object.emplace("startTicks", worker.start_ticks);
        if (worker.started_at) object.emplace("startedAt", to_ms(*worker.started_at));
    }
    object.emplace("since", to_ms(worker.since));
    object.emplace("restarts", worker.restarts);
    if (worker.last_exit) object.emplace("lastExit", exit_object(*worker.last_exit, storage));
    if (worker.next_start) object.emplace("nextStartAt", to_ms(*worker.next_start));
    if (worker.failures != 0 || worker.failures_last_hour != 0) object.emplace("failures", failures_object(worker, storage));
    if (!worker.reason.empty()) object.emplace("reason", to_json_string(worker.reason, storage));
    if (worker.reason_code) object.emplace("reasonCode", to_text(*worker.reason_code));
    object.emplace("stop", plan_array(worker.stop, storage));
    if (!worker.depends_on.empty()) object.emplace("dependsOn", depends_on_object(worker, storage));
    if (!worker.waiting_for.empty()) object.emplace("waitingFor", names_array(worker.waiting_for, storage));
    if (worker.stop_hooks.count() > 0) object.emplace("stopHooks", worker.stop_hooks.count());
    if (worker.log) object.emplace("log", log_object(*worker.log, storage));
    if (worker.notify) object.emplace("notify", notify_object(*worker.notify, storage));
    if (worker.health) object.emplace("health", health_object(*worker.health, storage));
    if (worker.usage) object.emplace("usage", usage_object(*worker.usage, storage));
    if (!worker.cgroup.empty()) object.emplace("cgroup", to_json_string(worker.cgroup, storage));
    return object;
}

json::object head_object(const StatusHead& head, DocumentOf kind, const json::storage_ptr& storage) {
    json::object object(storage);
    object.reserve(18);
    object.emplace("schema", status_schema);
    object.emplace("version", head.version);
    object.emplace("sequence", head.sequence);
    object.emplace("pid", head.identity.pid);
    object.emplace("startedAt", to_ms(head.started_at));
    if (!head.config_path.empty()) object.emplace("configPath", to_json_string(head.config_path, storage));
    object.emplace("state", to_text(head.state));
    object.emplace("startTicks", head.identity.start_ticks);
    object.emplace("bootId", head.identity.boot_id);
    object.emplace("pidNamespace", head.identity.pid_namespace);
    if (kind == DocumentOf::file) object.emplace("run", head.run);
    object.emplace("stopTimeout", head.stop_timeout.count());
    if (!head.cgroup.path.empty() || !head.no_cgroup.empty()) object.emplace("processes", processes_object(head, storage));
    if (!head.unowned.empty()) object.emplace("unowned", unowned_array(head.unowned, storage));
    if (!head.empty_groups.empty()) object.emplace("emptyGroups", names_array(head.empty_groups, storage));
    if (!head.saved_scales.empty()) object.emplace("savedScales", scales_array(head.saved_scales, storage));
    if (head.config_changed) object.emplace("configChanged", *head.config_changed);
    if (!head.changed_files.empty()) object.emplace("changedFiles", names_array(head.changed_files, storage));
    object.emplace("updatedAt", to_ms(head.updated_at));
    return object;
}

void append(std::string& out, const json::object& object) {
    json::serializer serializer;
    serializer.reset(&object);
    char block[4096];
    const auto begin = out.size();
    while (!serializer.done()) {
        const auto text = serializer.read(block, sizeof block);
        out.append(text.data(), text.size());
    }
    const auto ordinary = [](char c) { return static_cast<unsigned char>(c) < 0x7f; };
    if (std::all_of(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), ordinary)) return;
    auto escaped = escaped_json(out.substr(begin));
    out.replace(begin, std::string::npos, escaped);
}

/// Memory for one object: on the stack unless the object is unusually large.
class Scratch {
public:
    Scratch() : memory_(block_, sizeof block_) {}
    [[nodiscard]] json::storage_ptr storage() { return &memory_; }

private:
    unsigned char block_[8 * 1024];
    json::monotonic_resource memory_;
};

}   // namespace

std::string_view to_text(DaemonState state) {
    switch (state) {
    case DaemonState::starting: return "starting";
    case DaemonState::running: return "running";
    case DaemonState::stopping: return "stopping";
    }
    __builtin_unreachable();
}

std::string proof_text(const std::string& cgroup, const std::string& reason) {
    if (!cgroup.empty()) return "cgroup " + cgroup;
    return "parent chain, session, marks, pipes" + (reason.empty() ? "" : " (" + reason + ")");
}

Result<StatusWriter> StatusWriter::create(const posix::Location& path, const StatusHead& head) {
    auto file = posix::AtomicFile::create(path);
    if (!file) return file.error();
    StatusWriter writer(std::move(*file));
    writer.buffer_.reserve(buffer_size + 4 * 1024);
    Scratch scratch;
    append(writer.buffer_, head_object(head, DocumentOf::file, scratch.storage()));
    writer.buffer_.pop_back();   // removes the closing brace; the workers follow
    writer.buffer_ += ",\"workers\":[";
    return writer;
}

Result<> StatusWriter::add(const WorkerStatus& worker) {
    buffer_ += first_ ? "\n" : ",\n";
    first_ = false;
    Scratch scratch;
    append(buffer_, worker_object(worker, scratch.storage()));
    if (buffer_.size() < buffer_size) return {};
    const auto written = file_.write(buffer_);
    buffer_.clear();
    return written;
}

Result<> StatusWriter::commit() {
    buffer_ += "\n]}\n";
    if (const auto written = file_.write(buffer_); !written) return written;
    return file_.commit();
}

json::object to_json(const worker::LastExit& exit) { return exit_object(exit, {}); }

json::object to_json(const WorkerStatus& worker) { return worker_object(worker, {}); }

json::object to_json(const StatusDocument& document, DocumentOf kind) {
    auto object = head_object(document.head, kind, {});
    json::array workers;
    workers.reserve(document.workers.size());
    for (const auto& worker : document.workers) workers.push_back(to_json(worker));
    object.emplace("workers", std::move(workers));
    return object;
}

}   // namespace talos::state
