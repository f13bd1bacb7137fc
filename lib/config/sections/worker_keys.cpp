#include "config/sections/worker_keys.hpp"

#include "config/document/locate.hpp"
#include "config/model/instances.hpp"
#include "config/reader/scope.hpp"
#include "config/sections/depends_reader.hpp"
#include "config/sections/directories_reader.hpp"
#include "config/sections/fatal_exits.hpp"
#include "config/sections/health_keys.hpp"
#include "config/sections/hooks_keys.hpp"
#include "config/sections/log_keys.hpp"
#include "config/sections/process_keys.hpp"
#include "config/sections/ready_keys.hpp"
#include "config/sections/restart_keys.hpp"
#include "config/sections/stop_keys.hpp"
#include "config/sections/worker_reader.hpp"

#include <algorithm>

namespace talos::config {
namespace {

void show_instances(const Showing& showing, std::string_view key, const WorkerSpec&) {
    if (showing.group != nullptr) showing.writer.put(key, std::to_string(showing.group->count));
}

void read_command_key(const Reading& reading, const Node& node, WorkerSpec& worker) {
    worker.command = read_command(reading.reader, node, *reading.scope);
}
void show_command(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    showing.writer.put(key, plain(worker.command));
}
bool same_command(const WorkerSpec& a, const WorkerSpec& b) { return a.command == b.command; }

void read_cwd(const Reading& reading, const Node& node, WorkerSpec& worker) {
    const auto* path = reading.reader.path(node);
    if (path != nullptr) worker.cwd = absolute_path(reading.scope->fill_path(node, *path), reading.reader.folder(node));
}
void show_cwd(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    showing.writer.put(key, plain(worker.cwd));
}
bool same_cwd(const WorkerSpec& a, const WorkerSpec& b) { return a.cwd == b.cwd; }

void show_env(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    showing.writer.open(key, '{');
    for (const auto& [name, value] : worker.env)
        showing.writer.put(name, showing.values == Values::masked ? text("***") : plain(value));
    showing.writer.close('}');
}

/// JSON objects have no order: variables in another one are the same environment.
bool same_env(const WorkerSpec& a, const WorkerSpec& b) {
    if (a.env == b.env) return true;
    auto first = a.env;
    auto second = b.env;
    std::sort(first.begin(), first.end());
    std::sort(second.begin(), second.end());
    return first == second;
}

constexpr Special<WorkerSpec> extends_key{};
constexpr Special<WorkerSpec> instances_key{.show = show_instances};
constexpr Special<WorkerSpec> command_key{.read = read_command_key, .show = show_command, .same = same_command};
constexpr Special<WorkerSpec> cwd_key{.read = read_cwd, .show = show_cwd, .same = same_cwd};
constexpr Special<WorkerSpec> env_key{.show = show_env, .same = same_env};
constexpr Special<WorkerSpec> env_file_key{};

constexpr Key<WorkerSpec> program_table[]{
    special_key("extends", extends_key),
    special_key("instances", instances_key),
    special_key("command", command_key, Effect::restart),
    special_key("cwd", cwd_key, Effect::restart),
    special_key("env", env_key, Effect::restart),
    special_key("envFile", env_file_key, Effect::restart),
};

void read_notify(const Reading& reading, const Node& node, WorkerSpec& worker) {
    const auto* members = read_section(reading, node, notify_keys(), worker.notify.make());
    if (members != nullptr && members->empty()) reading.reader.findings().expected(node, "the key \"user\"");
}
void show_notify(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    if (const auto* notify = worker.notify.get()) show_object(showing, key, notify_keys(), *notify);
}
bool same_notify(const WorkerSpec& a, const WorkerSpec& b) { return a.notify == b.notify; }

constexpr Key<NotifySpec> notify_table[]{
    key<&NotifySpec::user>("user", codec::Name{"the name or number of a user, as a string"}, Effect::restart),
};

constexpr std::string_view kind_words[]{"service", "oneshot"};
constexpr codec::Enumeration<WorkerKind> kinds{kind_words};
constexpr std::string_view death_words[]{"keep", "kill"};
constexpr codec::Enumeration<SupervisorDeath> death_actions{death_words};
constexpr std::string_view streams_words[]{"joined", "separate"};
constexpr codec::Enumeration<Streams> pipes{streams_words};

constexpr Only<WorkerSpec> for_oneshots{[](const WorkerSpec& worker) { return worker.kind == WorkerKind::oneshot; }};
constexpr Only<WorkerSpec> for_services{[](const WorkerSpec& worker) { return worker.kind == WorkerKind::service; }};
constexpr Special<WorkerSpec> notify_key{.read = read_notify, .show = show_notify, .same = same_notify};

constexpr Key<WorkerSpec> life_table[]{
    special_key("directories", directories_key, Effect::restart),
    key<&WorkerSpec::autostart>("autostart", codec::Bool{}),
    key<&WorkerSpec::kind>("kind", kinds, Effect::restart),
    key<&WorkerSpec::remain_up>("remainUp", codec::Bool{}, Effect::restart).where(for_oneshots),
    key<&WorkerSpec::start_time>("startTime", codec::Duration{}).where(for_services),
    special_key("ready", ready_key, Effect::restart),
    special_key("health", health_key),
    special_key("notify", notify_key, Effect::restart),
    special_key("dependsOn", depends_on_key),
    special_key("hooks", hooks_key),
    special_key("reload", reload_key),
};

constexpr Key<WorkerSpec> death_table[]{
    key<&WorkerSpec::on_supervisor_death>("onSupervisorDeath", death_actions, Effect::restart),
};

constexpr Key<WorkerSpec> end_table[]{
    special_key("restart", restart_key),
    special_key("fatalExitCodes", fatal_exits_key),
    special_key("stop", stop_key),
    key<&WorkerSpec::streams>("streams", pipes, Effect::restart),
    special_key("log", log_key, Effect::restart),
};

}   // namespace

Keys<WorkerSpec> program_keys() { return program_table; }
Keys<WorkerSpec> life_keys() { return life_table; }
Keys<WorkerSpec> death_keys() { return death_table; }
Keys<WorkerSpec> end_keys() { return end_table; }
Keys<NotifySpec> notify_keys() { return notify_table; }

bool is_worker_key(std::string_view name) {
    return has_key(program_keys(), name) || has_key(process_keys(), name) || has_key(life_keys(), name) ||
           has_key(death_keys(), name) || has_key(end_keys(), name);
}

void read_worker_keys(const Reading& reading, const Node& node, WorkerSpec& worker) {
    ProcessSpec process;
    read_section(reading, node, {}, Part{program_keys(), worker}, Part{process_keys(), process}, Part{life_keys(), worker},
                 Part{death_keys(), worker}, Part{end_keys(), worker});
    if (process != ProcessSpec{}) worker.process.make() = std::move(process);
}

void show_worker(const Showing& showing, const WorkerSpec& worker) {
    showing.writer.open(worker.name, '{');
    show_section(showing, program_keys(), worker);
    if (const auto* process = worker.process.get()) show_section(showing, process_keys(), *process);
    show_section(showing, life_keys(), worker);
    show_section(showing, death_keys(), worker);
    show_section(showing, end_keys(), worker);
    showing.writer.close('}');
}

std::vector<KeyChange> compare_workers(const WorkerSpec& a, const WorkerSpec& b) {
    std::vector<KeyChange> keys;
    if (a == b) return keys;
    const Changes changes{keys, {}};
    compare_section(program_keys(), a, b, changes);
    if (a.process != b.process) {
        const ProcessSpec none;
        const auto of = [&](const WorkerSpec& worker) -> const ProcessSpec& {
            return worker.process.get() != nullptr ? *worker.process.get() : none;
        };
        compare_section(process_keys(), of(a), of(b), changes);
    }
    compare_section(life_keys(), a, b, changes);
    compare_section(end_keys(), a, b, changes);
    compare_section(death_keys(), a, b, changes);
    return keys;
}

void take_live_worker_keys(WorkerSpec& worker, const WorkerSpec& wanted) {
    take_live_keys(life_keys(), worker, wanted);
    take_live_keys(end_keys(), worker, wanted);
}

}   // namespace talos::config
