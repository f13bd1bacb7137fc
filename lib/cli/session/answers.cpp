#include "cli/session/answers.hpp"
#include "cli/command_line/exit_code.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

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

bool flag(const json::object& object, const char* key) {
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_bool() && member->get_bool();
}

const json::array* list(const json::object& object, const char* key) {
    const auto* member = object.if_contains(key);
    return member != nullptr && member->is_array() ? &member->get_array() : nullptr;
}

// `command (restart), restart.delay (live)`.
std::string keys_text(const json::object& change, const char* member) {
    std::string out;
    const auto* keys = list(change, member);
    if (keys == nullptr) return out;
    for (const auto& entry : *keys) {
        if (!entry.is_object()) continue;
        out.append(out.empty() ? "" : ", ").append(word(entry.get_object(), "key"));
        out.append(" (").append(word(entry.get_object(), "effect")).append(")");
    }
    return out;
}

// A value of any length in the config; shortened to one line.
std::string value_text(const json::value* value) {
    constexpr std::size_t most = 200;
    if (value == nullptr) return "not set";
    auto text = json::serialize(*value);
    if (text.size() <= most) return text;
    text.resize(most);
    return valid_utf8(text) + "…";
}

std::string names_text(const json::object& key, const char* member) {
    std::string out;
    if (const auto* names = list(key, member))
        for (const auto& name : *names)
            if (const auto* text = name.if_string()) out.append(out.empty() ? "" : ", ").append(text->data(), text->size());
    return out;
}

// `"100ms" → "1s"`; for `env`: `PORT changed, TOKEN added`. Empty if the answer has no values.
std::string values_text(const json::object& key) {
    std::string names;
    for (const char* what : {"changed", "added", "removed"})
        if (const auto some = names_text(key, what); !some.empty())
            names.append(names.empty() ? "" : "; ").append(some).append(" ").append(what);
    if (!names.empty()) return names;
    const auto* before = key.if_contains("before");
    const auto* after = key.if_contains("after");
    if (before == nullptr && after == nullptr) return {};
    if (before != nullptr && after != nullptr && *before == *after) return "only masked values differ";
    return value_text(before) + " → " + value_text(after);
}

bool has_values(const json::array& keys) {
    return std::any_of(keys.begin(), keys.end(),
                       [](const auto& key) { return key.is_object() && !values_text(key.get_object()).empty(); });
}

// Each key in a line of its own, below the line of the worker.
std::string keys_with_values(const json::array& keys) {
    std::string out;
    for (const auto& entry : keys) {
        if (!entry.is_object()) continue;
        const auto& key = entry.get_object();
        const auto values = values_text(key);
        out.append("    ").append(word(key, "key")).append(" (").append(word(key, "effect")).append(")");
        out.append(values.empty() ? "" : ": " + values).append("\n");
    }
    return out;
}

// `~ web: command (restart), restart.delay (live)`; with values, a line for each key.
std::string changed_text(const std::string& name, const json::object& object, const char* member) {
    const auto* keys = list(object, member);
    if (keys != nullptr && has_values(*keys)) return "~ " + name + "\n" + keys_with_values(*keys);
    const auto all = keys_text(object, member);
    return "~ " + name + (all.empty() ? "" : ": " + all) + "\n";
}

std::string change_text(const json::object& change) {
    const auto what = word(change, "change");
    const auto name = word(change, "worker");
    if (what == "added") return "+ " + name + "\n";
    if (what == "removed") return "- " + name + "\n";
    return changed_text(name, change, "keys");
}

// `api-1, api-2: restarted after redis (onFailure: restart)`: one line for each dependency.
std::string affected_text(const json::object& document) {
    std::vector<std::pair<std::string, std::string>> lines;   // the effect, and the affected workers
    if (const auto* workers = list(document, "affected"))
        for (const auto& entry : *workers) {
            const auto* worker = entry.if_object();
            if (worker == nullptr) continue;
            const auto by = word(*worker, "by");
            const auto how = word(*worker, "onFailure");
            const auto what = (how == "stop" ? "stopped before " + by + " and started after it" : "restarted after " + by) +
                              " (onFailure: " + how + ")";
            const auto known = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == what; });
            if (known == lines.end()) lines.emplace_back(what, word(*worker, "worker"));
            else known->second += ", " + word(*worker, "worker");
        }
    std::string out;
    for (const auto& [what, names] : lines) out += names + ": " + what + "\n";
    return out;
}

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '~' || c == '@' || c == '*';
}

}   // namespace

std::optional<json::object> parse_object(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

ProblemText parse_problem(const http::Response& response) {
    ProblemText problem;
    problem.exit = response.status == 403 ? exit_code::unknown : exit_code::failed;
    const auto document = parse_object(response.body);
    if (document) {
        problem.detail = word(*document, "detail");
        problem.code = word(*document, "code");
        if (const auto* errors = list(*document, "errors"))
            for (const auto& error : *errors)
                if (error.is_string()) problem.errors.emplace_back(error.get_string().data(), error.get_string().size());
        if (problem.detail.empty()) problem.detail = word(*document, "title");
    }
    if (problem.detail.empty()) problem.detail = "talosd answered with HTTP status " + std::to_string(response.status);
    if (problem.code == "unknown-worker") problem.exit = exit_code::no_such_worker;
    if (problem.code == "header-too-large") problem.detail += "; name fewer workers, or use a pattern";
    return problem;
}

std::optional<WorkerResult> parse_result(const json::object& object) {
    WorkerResult result;
    const auto outcome = word(object, "outcome");
    if (outcome == "pending") result.what = WorkerResult::What::pending;
    else if (outcome == "reached") result.what = WorkerResult::What::reached;
    else if (outcome == "failed") result.what = WorkerResult::What::failed;
    else return std::nullopt;
    result.worker = word(object, "worker");
    result.state = word(object, "state");
    result.pid = static_cast<pid_t>(number(object, "pid"));
    result.reason = word(object, "reason");
    return result;
}

std::optional<CommandAnswer> parse_answer(json::object object) {
    const auto* results = list(object, "results");
    // A reload without a wait has no such member.
    if (results == nullptr && object.if_contains("workers") == nullptr) return std::nullopt;
    CommandAnswer answer;
    answer.reached = flag(object, "reached");
    if (results != nullptr)
        for (const auto& entry : *results)
            if (entry.is_object())
                if (auto result = parse_result(entry.get_object())) answer.results.push_back(std::move(*result));
    answer.document = std::move(object);
    return answer;
}

std::string state_text(const WorkerResult& result) {
    std::string out = result.state;
    // The reason often begins with the state: `stopping, SIGKILL in 12 s`.
    if (result.reason.starts_with(result.state)) out = result.reason;
    else if (!result.reason.empty()) out.append(", ").append(result.reason);
    if (result.pid != 0) out.append(", pid ").append(std::to_string(result.pid));
    return out;
}

std::string plan_text(const json::object& document) {
    std::string out;
    if (const auto* workers = list(document, "workers"))
        for (const auto& entry : *workers)
            if (entry.is_object()) out += change_text(entry.get_object());
    if (const auto* keys = list(document, "daemon"); keys != nullptr && !keys->empty())
        out += changed_text("talosd", document, "daemon");
    out += affected_text(document);
    const auto same = number(document, "unchanged");
    const std::string workers = same == 1 ? " worker" : " workers";
    if (out.empty()) return "no changes; " + std::to_string(same) + workers + "\n";
    return out + "unchanged: " + std::to_string(same) + workers + "\n";
}

std::string warnings_text(const json::object& document) {
    std::string out;
    if (const auto* warnings = list(document, "warnings"))
        for (const auto& warning : *warnings)
            if (warning.is_string()) out.append(warning.get_string().data(), warning.get_string().size()).append("\n");
    return out;
}

namespace {

// How long a number of instances stays in force. An older talosd does not report saved numbers.
std::string lasting_text(const json::object& group, std::int64_t now) {
    const auto* saved = group.if_contains("saved");
    const auto* configured = group.if_contains("configured");
    if (saved != nullptr && number(group, "saved") == now)
        return ", saved until `talosctl scale " + word(group, "group") + "=config`";
    if (saved != nullptr)
        return ", until the next reload or restart of talosd, which restores the saved " + std::to_string(number(group, "saved"));
    if (configured != nullptr && number(group, "configured") == now) return ", as in the config";
    if (configured == nullptr && number(group, "before") == now) return {};
    return ", until the next reload or restart of talosd";
}

}   // namespace

std::string scale_text(const json::object& document) {
    std::string out;
    const auto* groups = list(document, "groups");
    if (groups == nullptr) return out;
    for (const auto& entry : *groups) {
        if (!entry.is_object()) continue;
        const auto& group = entry.get_object();
        const auto now = number(group, "instances");
        const auto before = number(group, "before");
        out.append(word(group, "group"))
            .append(": ")
            .append(std::to_string(now))
            .append(now == 1 ? " instance, " : " instances, ");
        out.append(now == before ? "unchanged" : std::to_string(before) + " before")
            .append(lasting_text(group, now))
            .append("\n");
    }
    return out;
}

std::string encoded(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string names_in_path(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& name : words) out.append(out.empty() ? "" : ",").append(encoded(name));
    return out;
}

}   // namespace talos::cli
