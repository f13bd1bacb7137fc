#include "system/talos/model_history.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <sstream>

namespace talos::test::model {

namespace json = boost::json;

namespace {

std::string text_of(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? std::string(value->as_string()) : std::string();
}

Line line_of(const json::object& object) {
    Line line;
    line.sequence = object.at("sequence").to_number<std::int64_t>();
    line.worker = text_of(object, "worker");
    line.from = text_of(object, "from");
    line.to = text_of(object, "to");
    line.cause = text_of(object, "cause");
    if (const auto* pid = object.if_contains("pid")) line.pid = pid->to_number<pid_t>();
    line.removed = !line.worker.empty() && !line.from.empty() && line.to.empty();
    return line;
}

}   // namespace

History::History(const Daemon& daemon) {
    std::istringstream lines(read_text(daemon.data("events.jsonl")));
    for (std::string line; std::getline(lines, line);) {
        if (lines.eof()) break;
        lines_.push_back(line_of(json::parse(line).as_object()));
        texts_.push_back(line);
    }
}

std::string History::flaw() const {
    std::map<std::string, std::string> states;
    std::int64_t expected = 1;
    for (std::size_t i = 0; i < lines_.size(); ++i, ++expected) {
        const auto& line = lines_[i];
        if (line.sequence != expected)
            return "the history is not gapless: " + std::to_string(expected) + " is missing before " + texts_[i];
        if (line.worker.empty() || line.from.empty()) continue;
        auto& state = states.try_emplace(line.worker, "stopped").first->second;
        if (line.from != state) return line.worker + " was " + state + ", but its next line is " + texts_[i];
        state = line.removed ? "stopped" : line.to;
    }
    return {};
}

std::string History::state_of(const std::string& worker) const {
    for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
        if (line->worker != worker) continue;
        if (line->removed) return "stopped";
        if (!line->to.empty()) return line->to;
    }
    return "stopped";
}

std::optional<bool> History::wanted_up(const std::string& worker) const {
    for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
        if (line->worker != worker) continue;
        if (line->cause == "stop") return false;
        // a reload restarts only who is wanted up, and starts whom it adds
        if (line->cause == "start" || line->cause == "restart" || line->cause == "autostart" || line->cause == "reload")
            return true;
    }
    return std::nullopt;
}

std::set<std::string> History::states(const std::string& worker, std::int64_t since, std::int64_t until) const {
    std::string state = "stopped";
    std::set<std::string> found;
    for (const auto& line : lines_) {
        if (line.worker != worker || (line.to.empty() && !line.removed)) continue;
        if (line.sequence > since) found.insert(state);
        state = line.removed ? "removed" : line.to;
        if (line.sequence > until) break;
    }
    found.insert(state);
    return found;
}

bool History::caused(const std::string& worker, const std::set<std::string>& causes, std::int64_t since) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
        return line.sequence > since && line.worker == worker && causes.contains(line.cause);
    });
}

bool History::entered(const std::string& worker, const std::string& state, std::int64_t since) const {
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const Line& line) { return line.sequence > since && line.worker == worker && line.to == state; });
}

bool History::had_pid(const std::string& worker, pid_t pid) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) { return line.worker == worker && line.pid == pid; });
}

std::string History::tail() const {
    constexpr std::size_t most = 60;
    std::string text;
    for (std::size_t i = texts_.size() > most ? texts_.size() - most : 0; i < texts_.size(); ++i) text += texts_[i] + '\n';
    return text;
}

}   // namespace talos::test::model
