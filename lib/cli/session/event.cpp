#include "cli/session/event.hpp"
#include "accounts/passwd.hpp"
#include "cli/command_line/moment.hpp"
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "state/status_document.hpp"
#include "terminal/style.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

namespace talos::cli {

namespace {

namespace json = boost::json;

std::string word(const json::object& object, const char* key) {
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_string() ? std::string{member->get_string().data(), member->get_string().size()}
                                                    : std::string{};
}

std::int64_t number(const json::object& object, const char* key) {
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

std::optional<EventExit> exit_of(const json::object& object) {
    const auto* member = object.if_contains("exit");
    if (member == nullptr || !member->is_object()) return std::nullopt;
    const auto& exit = member->get_object();
    EventExit out;
    if (const auto name = word(exit, "signal"); !name.empty()) {
        const auto signal = signal_number(name);
        if (!signal) return std::nullopt;
        out.status.signal = *signal;
    } else {
        out.status.code = static_cast<int>(number(exit, "code"));
    }
    const auto* dumped = exit.if_contains("coreDumped");
    out.status.core_dumped = dumped != nullptr && dumped->is_bool() && dumped->get_bool();
    out.at = wall_from_ms(number(exit, "at"));
    out.uptime = Millis{number(exit, "uptime")};
    if (const auto* usage = object.if_contains("usage"); usage != nullptr && usage->is_object()) {
        out.status.usage.user = Millis{number(usage->get_object(), "userMs")};
        out.status.usage.system = Millis{number(usage->get_object(), "systemMs")};
        out.status.usage.max_rss_kib = number(usage->get_object(), "maxRssKiB");
    }
    return out;
}

std::optional<state::Requester> by_of(const json::object& object) {
    const auto* member = object.if_contains("by");
    if (member == nullptr || !member->is_object()) return std::nullopt;
    const auto& by = member->get_object();
    return state::Requester{static_cast<uid_t>(number(by, "uid")), 0, static_cast<pid_t>(number(by, "pid")), word(by, "program")};
}

std::vector<std::string> tail_of(const json::object& object) {
    std::vector<std::string> lines;
    const auto* member = object.if_contains("tail");
    if (member == nullptr || !member->is_array()) return lines;
    for (const auto& line : member->get_array())
        if (line.is_string()) lines.emplace_back(line.get_string().data(), line.get_string().size());
    return lines;
}

terminal::Color color_of(std::string_view state) {
    if (state == "running") return terminal::Color::green;
    if (state == "fatal") return terminal::Color::red;
    if (state == "backoff" || state == "stopping") return terminal::Color::yellow;
    if (state == "starting") return terminal::Color::cyan;
    return terminal::Color::dim;
}

// For a worker whose health has changed but whose state has not.
std::optional<worker::HealthState> health_of(const Event& event) {
    return event.from.empty() && event.to.empty() ? worker::health_state_from(event.cause) : std::nullopt;
}

std::string transition_text(const Event& event, bool color) {
    if (event.cause == "lost")
        return "events " + std::to_string(event.lost_first) + " to " + std::to_string(event.lost_last) +
               " could not be written and are lost";
    if (const auto health = health_of(event)) {
        const bool healthy = health == worker::HealthState::healthy;
        return terminal::paint(healthy ? terminal::Color::green : terminal::Color::yellow, event.cause, color);
    }
    // A command without effect, a refusal, or a reload of talosd.
    if (event.from.empty() && event.to.empty())
        return event.worker.empty() ? std::string{} : terminal::paint(terminal::Color::dim, "no change", color);
    // Without a next state, a worker was removed from the config, and talosd has exited.
    const std::string end = event.worker.empty() ? "exited" : "removed";
    const std::string to = event.to.empty() ? end : event.to;
    const std::string painted = terminal::paint(color_of(to), terminal::harmless(to, false), color);
    if (event.from == event.to && !event.to.empty()) return painted;
    return event.from.empty() ? painted : terminal::harmless(event.from, false) + " → " + painted;
}

// The words for causes whose name in the journal is an internal term.
std::string cause_words(const Event& event) {
    if (health_of(event)) return {};
    if (event.cause == "spawn") return "started";
    if (event.cause == "spawn-error") return "start failed";
    if (event.cause == "tree-empty") return "last process exited";
    if (event.cause == "limit") return "limit reached";
    if (event.cause == "timer" && event.from == "backoff") return "delay passed";
    if (event.cause == "timer" && event.from == "starting" && event.to == "running") return "start time passed";
    if (event.cause == "exit" && event.exit) return event.exit->status.signal != 0 ? "ended by" : "";
    return event.cause;
}

std::string cause_text(const Event& event) {
    if (event.cause == "lost") return {};
    std::string out = cause_words(event);
    std::string reason = event.reason;
    if (event.cause == "signal" && event.by) out.append(" ").append(std::exchange(reason, {}));
    if (event.exit) {
        const auto* separator = out.empty() ? "" : event.cause == "exit" ? " " : ": ";
        out.append(separator).append(to_text(event.exit->status));
        out += " after " + human_duration(event.exit->uptime);
        // Restarted immediately: the line has the new process's PID.
        if (event.to == "starting" && event.pid != 0) out += "; started again";
    }
    if (event.pid != 0) out.append(out.empty() ? "(pid " : " (pid ").append(std::to_string(event.pid)).append(")");
    if (event.by) out += ", by " + who_text(*event.by);
    if (!reason.empty()) out.append(out.empty() ? "" : "; ").append(reason);
    return terminal::harmless(out, false);
}

}   // namespace

std::optional<Event> parse_event(std::string_view line) {
    boost::system::error_code error;
    const auto value = json::parse({line.data(), line.size()}, error);
    if (error || !value.is_object()) return std::nullopt;
    const auto& object = value.get_object();
    Event event;
    event.sequence = static_cast<std::uint64_t>(number(object, "sequence"));
    event.at = wall_from_ms(number(object, "at"));
    event.worker = word(object, "worker");
    event.from = word(object, "from");
    event.to = word(object, "to");
    event.cause = word(object, "cause");
    event.pid = static_cast<pid_t>(number(object, "pid"));
    const auto* sent = object.if_contains("sent");
    event.sent = sent != nullptr && sent->is_bool() && sent->get_bool();
    event.exit = exit_of(object);
    event.reason = word(object, "reason");
    event.reason_code = state::reason_code_from(word(object, "reasonCode"));
    event.by = by_of(object);
    event.tail = tail_of(object);
    event.lost_first = static_cast<std::uint64_t>(number(object, "first"));
    event.lost_last = static_cast<std::uint64_t>(number(object, "last"));
    return event;
}

std::string who_text(const state::Requester& by) {
    const auto user = accounts::local_name(by.uid);
    const std::string uid = "uid " + std::to_string(by.uid) + (user.empty() ? "" : " " + user);
    const std::string program = by.program.empty() ? "unknown program" : by.program;
    if (by.pid == 0) return program + " (in another PID namespace, " + uid + ")";
    return program + " (pid " + std::to_string(by.pid) + ", " + uid + ")";
}

std::string_view subject_of(const Event& event) { return event.worker.empty() ? std::string_view{"talosd"} : event.worker; }

std::string event_text(const Event& event, std::size_t name_width, bool color) {
    std::string line = terminal::paint(terminal::Color::dim, local_time_ms(event.at), color);
    const auto name = terminal::pad(terminal::harmless(subject_of(event), false), name_width);
    line.append("  ").append(terminal::paint(event.worker.empty() ? terminal::Color::dim : terminal::Color::bold, name, color));
    if (const auto transition = transition_text(event, color); !transition.empty()) line.append("  ").append(transition);
    if (const auto cause = cause_text(event); !cause.empty()) line.append("  ").append(cause);
    return line + "\n";
}

}   // namespace talos::cli
