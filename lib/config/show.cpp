#include "config/show.hpp"

#include "config/expand.hpp"
#include "config/instances.hpp"
#include "config/process_reader.hpp"
#include "core/duration.hpp"
#include "core/resource_limit.hpp"
#include "core/signal_name.hpp"
#include "core/size.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <string_view>

namespace talos::config {
namespace {

std::string text(std::string_view value) {
    const std::string valid = valid_utf8(value);
    return boost::json::serialize(boost::json::string(valid.data(), valid.size()));
}

/// The shortest decimal that is read back as the same number.
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

/// Lines of `"key": value`, with commas between and brackets around.
class Writer {
public:
    void open(std::string_view key, char bracket) {
        begin_line(key);
        out_ += bracket;
        ++depth_;
        first_ = true;
    }
    void close(char bracket) {
        --depth_;
        if (!first_) {
            out_ += '\n';
            out_.append(2 * depth_, ' ');
        }
        out_ += bracket;
        first_ = false;
    }
    /// `json` is a value in JSON; an empty key is for elements of arrays.
    void put(std::string_view key, std::string_view json) {
        begin_line(key);
        out_ += json;
    }
    [[nodiscard]] std::string take() { return std::move(out_) + "\n"; }

private:
    void begin_line(std::string_view key) {
        if (!first_) out_ += ',';
        if (depth_ > 0) {
            out_ += '\n';
            out_.append(2 * depth_, ' ');
        }
        first_ = false;
        if (key.data() != nullptr) out_ += text(key) + ": ";
    }

    std::string out_;
    std::size_t depth_ = 0;
    bool first_ = true;
};

constexpr std::string_view no_key{};   // a key of no characters is still a key: it has data

std::string list(const std::vector<std::string>& words) {
    std::string out = "[";
    for (const auto& each : words) {
        if (out.size() > 1) out += ", ";
        out += text(each);
    }
    return out + "]";
}

/// Of what may refer to variables: a `${` in it is no reference any more.
std::string plain(std::string_view value) { return text(unexpanded(value)); }

std::string plain(const std::vector<std::string>& words) {
    auto escaped = words;
    for (auto& word : escaped) word = unexpanded(word);
    return list(escaped);
}

void write_restart(Writer& writer, const RestartSpec& restart) {
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

void write_stop(Writer& writer, const std::vector<StopStep>& steps) {
    writer.open("stop", '{');
    writer.open("steps", '[');
    for (const auto& step : steps) {
        const auto wait = text(format_duration(step.wait));
        writer.put(no_key, "{ \"signal\": " + text(signal_name(step.signal)) + ", \"wait\": " + wait + " }");
    }
    writer.close(']');
    writer.close('}');
}

void write_destination(Writer& writer, std::string_view key, const LogSpec& log, const std::string& worker) {
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

/// `name`: of the default file.
void write_log(Writer& writer, const WorkerSpec& worker, const std::string& name) {
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

void write_limits(Writer& writer, const std::vector<ResourceLimit>& limits) {
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

/// What is not set has no default of its own: it stays as talosd has it.
void write_process(Writer& writer, const ProcessSpec& process) {
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

void write_ready(Writer& writer, const ReadySpec& ready) {
    writer.open("ready", '{');
    switch (ready.kind) {
    case ReadySpec::Kind::notify: writer.put("notify", "true"); break;
    case ReadySpec::Kind::fd: writer.put("fd", "3"); break;
    case ReadySpec::Kind::tcp: writer.put("tcp", text(ready.target)); break;
    case ReadySpec::Kind::http:
        writer.put("http", text(ready.target));
        writer.put("status", std::to_string(ready.status));
        break;
    case ReadySpec::Kind::exec: writer.put("exec", plain(ready.command)); break;
    case ReadySpec::Kind::log: writer.put("log", text(ready.target)); break;
    }
    writer.put("timeout", text(format_duration(ready.timeout)));
    if (looks_again(ready.kind)) writer.put("interval", text(format_duration(ready.interval)));
    writer.close('}');
}

/// `group`: what the worker is the pattern of, or nullptr.
void write_worker(Writer& writer, const WorkerSpec& worker, const Group* group, Values values) {
    writer.open(worker.name, '{');
    if (group != nullptr) writer.put("instances", std::to_string(group->count));
    writer.put("command", plain(worker.command));
    writer.put("cwd", plain(worker.cwd));
    writer.open("env", '{');
    for (const auto& [name, value] : worker.env) writer.put(name, values == Values::masked ? text("***") : plain(value));
    writer.close('}');
    if (const auto* process = worker.process.get()) write_process(writer, *process);
    writer.put("autostart", worker.autostart ? "true" : "false");
    writer.put("startTime", text(format_duration(worker.start_time)));
    if (const auto* ready = worker.ready.get()) write_ready(writer, *ready);
    writer.put("onSupervisorDeath", text(word(worker.on_supervisor_death)));
    write_restart(writer, worker.restart);
    write_stop(writer, worker.stop);
    writer.put("streams", text(worker.streams == Streams::separate ? "separate" : "joined"));
    write_log(writer, worker, group != nullptr ? pattern_name(worker.name) : worker.name);
    writer.close('}');
}

/// Instances stand together, as the pattern that they are made of.
void write_workers(Writer& writer, const Config& config, Values values) {
    auto group = config.groups.begin();
    for (std::size_t i = 0;; ++i) {
        for (; group != config.groups.end() && group->place == i; i += (group++)->count)
            write_worker(writer, group->pattern, &*group, values);
        if (i >= config.workers.size()) return;
        write_worker(writer, config.workers[i], nullptr, values);
    }
}

void write_access(Writer& writer, const std::vector<AccessRule>& rules) {
    writer.open("access", '[');
    for (const auto& rule : rules) {
        std::string line = rule.group.empty() ? "{ \"user\": " + text(rule.user) : "{ \"group\": " + text(rule.group);
        line.append(", \"may\": ").append(text(word(rule.may))).append(", \"workers\": ").append(text(rule.workers)).append(" }");
        writer.put(no_key, line);
    }
    writer.close(']');
}

}  // namespace

std::string show(const Config& config, Values values) {
    Writer writer;
    writer.open(no_key, '{');
    if (!config.data_dir.empty()) writer.put("dataDir", text(config.data_dir));
    if (!config.control_socket.empty()) writer.put("controlSocket", text(config.control_socket));
    if (!config.access.empty()) write_access(writer, config.access);
    writer.open("workers", '{');
    write_workers(writer, config, values);
    writer.close('}');
    writer.close('}');
    return writer.take();
}

}  // namespace talos::config
