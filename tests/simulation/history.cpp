#include "simulation/history.hpp"

#include "core/signal_name.hpp"
#include <charconv>

namespace talos::simulation {

namespace {

/// The text of a member, as it stands in the line. In strings quotes have a backslash, so that `key` is found as a key alone.
std::string_view text_of(std::string_view line, std::string_view key) {
    const auto at = line.find(key);
    if (at == std::string_view::npos) return {};
    line.remove_prefix(at + key.size());
    return line.substr(0, line.find_first_of("\",}"));
}

template <class T>
T number_of(std::string_view text) {
    T number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}   // namespace

void History::take(std::string_view line) {
    if (!broken_.empty()) return;
    const auto sequence = number_of<std::uint64_t>(text_of(line, "{\"sequence\":"));
    if (sequence != sequence_ + 1) broken_ = "the journal has a gap";
    sequence_ = sequence;
    const std::string worker(text_of(line, ",\"worker\":\""));
    if (worker.empty()) return;
    const auto from = text_of(line, ",\"from\":\"");
    const auto to = text_of(line, ",\"to\":\"");
    if (from.empty() && to.empty()) return;
    auto& state = states_[worker];
    if (!state.empty() && state != from) broken_ = "a line of the journal does not begin where the one before ended";
    if (to.empty()) states_.erase(worker);
    else state = to;
    check_exit(line);
}

void History::check_exit(std::string_view line) {
    const auto pid = number_of<pid_t>(text_of(line, ",\"pid\":"));
    const auto code = text_of(line, ",\"exit\":{\"code\":");
    const auto signal = text_of(line, ",\"exit\":{\"signal\":\"");
    if ((code.empty() && signal.empty()) || text_of(line, ",\"to\":\"") == "starting") return;   // the PID is the next one's
    const auto matches = [&](const ExitStatus& status) {
        return status.signal != 0 ? signal == signal_name(status.signal) : signal.empty() && number_of<int>(code) == status.code;
    };
    auto& statuses = reaped_[pid];
    while (!statuses.empty() && !matches(statuses.front())) statuses.pop_front();   // told with another line, or with none
    if (statuses.empty()) broken_ = "the journal has an exit that the kernel has not reported";
    else statuses.pop_front();
}

}   // namespace talos::simulation
