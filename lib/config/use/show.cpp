#include "config/use/show.hpp"

#include "config/model/cpu_list.hpp"
#include "config/model/dependency_words.hpp"
#include "config/model/instances.hpp"
#include "config/use/show_questions.hpp"
#include "config/use/show_writer.hpp"
#include "core/duration.hpp"
#include "core/resource_limit.hpp"
#include "core/signal_name.hpp"
#include "core/size.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace talos::config {
namespace {

/// The shortest decimal that parses to the same number.
std::string number(double value) {
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return error == std::errc{} ? std::string(buffer.data(), end) : "0";
}

std::string_view word(RestartSpec::Policy policy) {
    switch (policy) {
    case RestartSpec::Policy::always: return "always";
    case RestartSpec::Policy::on_failure: return "on-failure";
    case RestartSpec::Policy::never: return "never";
    }
    return {};
}

std::string_view word(LogSpec::Format format) {
    switch (format) {
    case LogSpec::Format::cri: return "cri";
    case LogSpec::Format::raw: return "raw";
    case LogSpec::Format::json: return "json";
    }
    return {};
}

std::string_view word(SupervisorDeath action) {
    switch (action) {
    case SupervisorDeath::keep: return "keep";
    case SupervisorDeath::kill: return "kill";
    }
    return {};
}

std::string_view word(AccessRule::May may) {
    switch (may) {
    case AccessRule::May::read: return "read";
    case AccessRule::May::control: return "control";
    }
    return {};
}

void write_restart(ShowWriter& writer, const RestartSpec& restart) {
    writer.open("restart", '{');
    writer.put("policy", text(word(restart.policy)));
    writer.put("delay", text(format_duration(restart.delay)));
    writer.put("maxDelay", text(format_duration(restart.max_delay)));
    writer.put("factor", number(restart.factor));
    writer.put("jitter", number(restart.jitter));
    writer.put("resetAfter", text(format_duration(restart.reset_after)));
    writer.put("limit", std::to_string(restart.limit));
    writer.put("window", text(format_duration(restart.window)));
    writer.close('}');
}

void write_stop(ShowWriter& writer, const StopSteps& steps) {
    writer.open("stop", '{');
    writer.open("steps", '[');
    for (const auto& step : steps) {
        const auto wait = text(format_duration(step.wait));
        writer.put(no_key, "{ \"signal\": " + text(signal_name(step.signal)) + ", \"wait\": " + wait + " }");
    }
    writer.close(']');
    writer.close('}');
}

void write_destination(ShowWriter& writer, std::string_view key, const LogSpec& log, const std::string& worker) {
    writer.open(key, '{');
    if (log.target == LogSpec::Target::inherit) {
        writer.put("inherit", text(log.inherit == LogSpec::Inherit::bare ? "bare" : "prefixed"));
        return writer.close('}');
    }
    writer.put("file", text(log.file.empty() ? "logs/" + worker + ".log" : log.file));
    writer.put("format", text(word(log.format)));
    writer.put("rotateSize", text(format_size(log.rotate_size)));
    const auto every = log.rotate_every.count() > 0 ? format_duration(log.rotate_every) : log.daily ? "daily" : "never";
    writer.put("rotateEvery", text(every));
    writer.put("keep", std::to_string(log.keep));
    writer.put("compress", text(log.compress == LogSpec::Compress::zstd ? "zstd" : "none"));
    writer.put("maxLine", text(format_size(log.max_line)));
    writer.put("onFull", text(log.on_full == LogSpec::OnFull::block ? "block" : "drop"));
    writer.close('}');
}

/// `name` is for the name of the default log file.
void write_log(ShowWriter& writer, const WorkerSpec& worker, const std::string& name) {
    if (worker.log.empty()) return writer.put("log", text("none"));
    if (worker.log.size() == 1) {
        const auto& only = worker.log.front();
        const bool plain = only.target == LogSpec::Target::inherit && only.inherit == LogSpec::Inherit::prefixed;
        return plain ? writer.put("log", text("inherit")) : write_destination(writer, "log", only, name);
    }
    writer.open("log", '[');
    for (const auto& log : worker.log) write_destination(writer, no_key, log, name);
    writer.close(']');
}

std::string limit_text(const std::optional<std::uint64_t>& value) {
    return *value == unlimited ? text("unlimited") : std::to_string(*value);
}

void write_limits(ShowWriter& writer, const std::vector<ResourceLimit>& limits) {
    writer.open("rlimits", '{');
    for (const auto& limit : limits) {
        const auto name = resource_name(limit.resource);
        if (limit.soft && limit.soft == limit.hard) {
            writer.put(name, limit_text(limit.soft));
            continue;
        }
        std::string both = "{ ";
        if (limit.soft) both.append("\"soft\": ").append(limit_text(limit.soft)).append(limit.hard ? ", " : "");
        if (limit.hard) both.append("\"hard\": ").append(limit_text(limit.hard));
        writer.put(name, both + " }");
    }
    writer.close('}');
}

std::string octal(std::uint32_t mask) {
    std::array<char, 8> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), mask, 8);
    const std::string text(digits.data(), error == std::errc{} ? end : digits.data());
    return std::string(4 - std::min<std::size_t>(4, text.size()), '0') + text;
}

/// Unset keys have no default: the worker inherits the setting of talosd.
void write_process(ShowWriter& writer, const ProcessSpec& process) {
    if (!process.user.empty()) writer.put("user", text(process.user));
    if (!process.group.empty()) writer.put("group", text(process.group));
    if (process.groups) writer.put("groups", list(*process.groups));
    if (process.umask) writer.put("umask", text(octal(*process.umask)));
    if (process.nice) writer.put("nice", std::to_string(*process.nice));
    if (process.oom_score_adj) writer.put("oomScoreAdj", std::to_string(*process.oom_score_adj));
    if (!process.rlimits.empty()) write_limits(writer, process.rlimits);
    if (!process.cpus.empty()) writer.put("cpuAffinity", text(format_cpus(process.cpus)));
    writer.put("noNewPrivileges", process.no_new_privileges ? "true" : "false");
}

void write_directories(ShowWriter& writer, const DirectoriesSpec& directories) {
    writer.open("directories", '{');
    for (const auto kind : all_directory_kinds) {
        if (directories.of(kind).empty()) continue;
        writer.open(to_text(kind), '[');
        for (const auto& [name, mode] : directories.of(kind))
            writer.put(no_key, "{ \"name\": " + text(name) + ", \"mode\": " + text(octal(mode)) + " }");
        writer.close(']');
    }
    writer.close('}');
}

void write_fatal_exits(ShowWriter& writer, const FatalExits& exits) {
    std::string list;
    for (const auto code : exits.codes) list.append(list.empty() ? "" : ", ").append(std::to_string(code));
    for (const int signal : exits.signals) list.append(list.empty() ? "" : ", ").append(text(signal_name(signal)));
    writer.put("fatalExitCodes", "[" + list + "]");
}

void write_notify(ShowWriter& writer, const NotifySpec& notify) {
    writer.open("notify", '{');
    writer.put("user", text(notify.user));
    writer.close('}');
}

void write_depends_on(ShowWriter& writer, const std::vector<Dependency>& dependencies) {
    writer.open("dependsOn", '{');
    for (const auto& [worker, condition, on_failure] : dependencies) {
        const auto how = text(to_text(condition));
        writer.put(worker, "{ \"condition\": " + how + ", \"onFailure\": " + text(to_text(on_failure)) + " }");
    }
    writer.close('}');
}

void write_hooks(ShowWriter& writer, const WorkerSpec& worker) {
    writer.open("hooks", '{');
    for (const Hook hook : all_hooks) {
        const auto* program = find_hook(worker, hook);
        if (program == nullptr) continue;
        const auto timeout = text(format_duration(program->timeout));
        writer.put(to_text(hook), "{ \"command\": " + plain(program->command) + ", \"timeout\": " + timeout + " }");
    }
    writer.close('}');
}

void write_reload(ShowWriter& writer, const ReloadSpec& reload) {
    const std::string how =
        reload.signal != 0 ? "\"signal\": " + text(signal_name(reload.signal)) : "\"command\": " + plain(reload.program.command);
    writer.put("reload", "{ " + how + ", \"timeout\": " + text(format_duration(reload.program.timeout)) + " }");
}

/// `group`: the group that the worker is the pattern of, or nullptr.
void write_worker(ShowWriter& writer, const WorkerSpec& worker, const Group* group, Values values) {
    writer.open(worker.name, '{');
    if (group != nullptr) writer.put("instances", std::to_string(group->count));
    writer.put("command", plain(worker.command));
    writer.put("cwd", plain(worker.cwd));
    writer.open("env", '{');
    for (const auto& [name, value] : worker.env) writer.put(name, values == Values::masked ? text("***") : plain(value));
    writer.close('}');
    if (const auto* process = worker.process.get()) write_process(writer, *process);
    if (const auto* directories = worker.directories.get()) write_directories(writer, *directories);
    writer.put("autostart", worker.autostart ? "true" : "false");
    writer.put("kind", text(worker.kind == WorkerKind::oneshot ? "oneshot" : "service"));
    if (worker.kind == WorkerKind::oneshot) writer.put("remainUp", worker.remain_up ? "true" : "false");
    else writer.put("startTime", text(format_duration(worker.start_time)));
    if (const auto* ready = worker.ready.get()) write_ready(writer, *ready, values);
    if (const auto* health = worker.health.get()) write_health(writer, *health, values);
    if (const auto* notify = worker.notify.get()) write_notify(writer, *notify);
    if (const auto* depends_on = worker.depends_on.get()) write_depends_on(writer, *depends_on);
    if (worker.hooks.get() != nullptr) write_hooks(writer, worker);
    if (const auto* reload = worker.reload.get()) write_reload(writer, *reload);
    writer.put("onSupervisorDeath", text(word(worker.on_supervisor_death)));
    write_restart(writer, worker.restart);
    if (const auto* exits = worker.fatal_exits.get()) write_fatal_exits(writer, *exits);
    write_stop(writer, worker.stop);
    writer.put("streams", text(worker.streams == Streams::separate ? "separate" : "joined"));
    write_log(writer, worker, group != nullptr ? pattern_name(worker.name) : worker.name);
    writer.close('}');
}

/// Writes the instances of a group as their pattern.
void write_workers(ShowWriter& writer, const Config& config, Values values) {
    auto group = config.groups.begin();
    for (std::size_t i = 0;; ++i) {
        for (; group != config.groups.end() && group->place == i; i += (group++)->count)
            write_worker(writer, group->pattern, &*group, values);
        if (i >= config.workers.size()) return;
        write_worker(writer, config.workers[i], nullptr, values);
    }
}

void write_access(ShowWriter& writer, const std::vector<AccessRule>& rules) {
    writer.open("access", '[');
    for (const auto& rule : rules) {
        std::string line = rule.group.empty() ? "{ \"user\": " + text(rule.user) : "{ \"group\": " + text(rule.group);
        line.append(", \"may\": ").append(text(word(rule.may))).append(", \"workers\": ").append(text(rule.workers)).append(" }");
        writer.put(no_key, line);
    }
    writer.close(']');
}

}   // namespace

std::string show(const Config& config, Values values) {
    ShowWriter writer;
    writer.open(no_key, '{');
    if (!config.data_dir.empty()) writer.put("dataDir", text(config.data_dir));
    if (!config.control_socket.empty()) writer.put("controlSocket", text(config.control_socket));
    if (!config.access.empty()) write_access(writer, config.access);
    if (!config.cgroup) writer.put("cgroup", text("off"));
    writer.open("workers", '{');
    write_workers(writer, config, values);
    writer.close('}');
    writer.close('}');
    return writer.take();
}

}   // namespace talos::config
