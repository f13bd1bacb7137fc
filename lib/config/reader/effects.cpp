#include "config/reader/effects.hpp"

#include "config/reader/reader.hpp"
#include "core/duration.hpp"

#include <algorithm>
#include <csignal>
#include <initializer_list>
#include <limits>
#include <vector>

namespace talos::config {
namespace {

const Node::Object* object_of(const Node::Object& own, std::string_view key) {
    const auto* member = find_member(own, key);
    return member != nullptr ? std::get_if<Node::Object>(&member->value.value) : nullptr;
}

class Effects {
public:
    Effects(Findings& findings, const Node::Object& own, const WorkerSpec& worker, Whole whole)
        : findings_(findings), own_(own), worker_(worker), whole_(whole) {}

    void check() const {
        if (const auto* restart = object_of(own_, "restart")) check_restart(*restart);
        if (worker_.ready.get() != nullptr) none(own_, {"startTime"}, "with \"ready\", which says when it is up");
        check_streams();
        if (const auto* log = find_member(own_, "log")) check_logs(log->value);
        if (const auto* stop = object_of(own_, "stop")) check_stop(*stop);
        if (const auto* hooks = object_of(own_, "hooks")) check_hooks(*hooks);
        if (const auto* exits = find_member(own_, "fatalExitCodes")) check_fatal_exits(exits->value);
        if (const auto* env = object_of(own_, "env"))
            for (const auto& member : *env)
                if (is_set_by_talosd(member.key))
                    findings_.warn(member.offset, "has no effect: talosd sets this variable itself");
    }

private:
    /// Those of the keys that are there have no effect, and why.
    void none(const Node::Object& object, std::initializer_list<std::string_view> keys, const std::string& why) const {
        for (const auto key : keys)
            if (const auto* member = find_member(object, key)) findings_.warn(member->offset, "has no effect " + why);
    }

    void check_restart(const Node::Object& own) const {
        const auto& restart = worker_.restart;
        if (restart.policy == RestartSpec::Policy::never)
            return none(own, {"delay", "maxDelay", "factor", "jitter", "resetAfter", "limit", "window"},
                        "with \"policy\": \"never\"");
        if (worker_.kind == WorkerKind::oneshot)
            none(own, {"resetAfter"}, "for a oneshot: its failures count however long it ran");
        if (restart.limit == 0 && whole_ == Whole::worker) none(own, {"window"}, "without \"limit\"");
        if (restart.limit == 1)
            return none(own, {"delay", "maxDelay", "factor", "jitter", "window"},
                        "with \"limit\": 1, the first failure ends in fatal");
        if (restart.delay.count() == 0) none(own, {"maxDelay", "factor", "jitter"}, "with \"delay\": \"0s\"");
        else check_delays(own);
        constexpr Millis soon{1'000};
        if (const auto* member = find_member(own, "resetAfter"); member != nullptr && restart.reset_after < soon)
            findings_.warn(
                member->offset,
                "a run of " + format_duration(restart.reset_after) +
                    " counts as no failure: a program that fails that soon is started again without \"delay\" and \"limit\"");
        if (whole_ == Whole::part) return;
        if (const auto complaint = limit_complaint(restart))
            for (const std::string_view key : {"limit", "window", "delay", "factor", "maxDelay", "jitter"})
                if (const auto* member = find_member(own, key)) return findings_.warn(member->offset, *complaint);
    }

    void check_delays(const Node::Object& own) const {
        const auto& restart = worker_.restart;
        if (restart.delay > restart.max_delay) {
            const auto* member = find_member(own, "delay");
            if (member == nullptr) member = find_member(own, "maxDelay");
            if (member != nullptr && whole_ == Whole::worker)
                findings_.warn(member->offset, "\"delay\", " + format_duration(restart.delay) +
                                                   ", has no effect above \"maxDelay\", " + format_duration(restart.max_delay));
        }
        if (whole_ == Whole::part) return;
        if (restart.delay >= restart.max_delay) none(own, {"factor"}, "where \"delay\" is not below \"maxDelay\"");
        const auto longest = static_cast<double>(restart.delay.count()) * (1 + restart.jitter);
        if (restart.factor == 1 && longest <= static_cast<double>(restart.max_delay.count()))
            none(own, {"maxDelay"}, "with \"factor\": 1, no wait is longer than \"delay\"");
    }

    void check_streams() const {
        const auto* ready = worker_.ready.get();
        const bool read = ready != nullptr && ready->kind == ReadySpec::Kind::log;
        if (worker_.log.empty() && !read) none(own_, {"streams"}, "with \"log\": \"none\"");
    }

    void check_logs(const Node& log) const {
        if (const auto* array = std::get_if<Node::Array>(&log.value)) {
            for (std::size_t i = 0; i < std::min(array->size(), worker_.log.size()); ++i) check_log((*array)[i], worker_.log[i]);
        } else if (worker_.log.size() == 1) {
            check_log(log, worker_.log.front());
        }
    }

    void check_log(const Node& node, const LogSpec& log) const {
        const auto* own = std::get_if<Node::Object>(&node.value);
        if (own == nullptr || log.target != LogSpec::Target::file) return;
        if (log.keep == 0 && log.compress != LogSpec::Compress::none)
            none(*own, {"compress"}, "with \"keep\": 0, no rotated file is kept");
        if (log.format == LogSpec::Format::raw && worker_.streams == Streams::joined && whole_ == Whole::worker)
            none(*own, {"maxLine"}, "with \"format\": \"raw\" unless \"streams\" is \"separate\"");
    }

    void check_stop(const Node::Object& own) const {
        const auto* member = find_member(own, "steps");
        const auto* steps = member != nullptr ? std::get_if<Node::Array>(&member->value.value) : nullptr;
        if (steps == nullptr || steps->size() != worker_.stop.size()) return;
        std::size_t at = 0;
        for (const auto& step : worker_.stop) {
            ++at;
            if (step.signal == SIGKILL && at < steps->size())
                return findings_.warn((*steps)[at].offset, "has no effect after SIGKILL, which no process survives");
        }
    }

    void check_hooks(const Node::Object& own) const {
        if (worker_.kind == WorkerKind::oneshot && !worker_.remain_up && whole_ == Whole::worker)
            none(own, {"postStart"}, "for a oneshot without \"remainUp\", which is never running");
        if (whole_ == Whole::part) return;
        if (worker_.health.get() == nullptr) none(own, {"onUnhealthy"}, "without \"health\"");
        const bool limited = worker_.restart.limit != 0 && worker_.restart.policy != RestartSpec::Policy::never;
        if (!limited && worker_.fatal_exits.get() == nullptr)
            none(own, {"onFatal"},
                 "without \"limit\" in \"restart\" and without \"fatalExitCodes\": the worker never becomes fatal");
    }

    void check_fatal_exits(const Node& node) const {
        const auto* exits = worker_.fatal_exits.get();
        if (exits == nullptr || whole_ == Whole::part) return;
        const auto* listed = std::get_if<Node::Array>(&node.value);
        if (worker_.kind == WorkerKind::oneshot && listed != nullptr)
            for (const auto& element : *listed)
                if (as_number(element) == 0.0)
                    findings_.warn(element.offset, "has no effect for a oneshot, for which exit code 0 is success");
        if (worker_.restart.policy == RestartSpec::Policy::never && find_hook(worker_, Hook::on_fatal) == nullptr)
            findings_.warn(node.offset, "prevents no restart with \"policy\": \"never\": the worker is fatal instead of exited, "
                                        "and nothing else changes");
    }

    [[nodiscard]] bool is_set_by_talosd(std::string_view name) const {
        if (name == "TALOS_WORKER" || name == "TALOS_RUN" || name == "TALOS_HOOK") return true;
        const auto* directories = worker_.directories.get();
        return directories != nullptr &&
               std::any_of(all_directory_kinds.begin(), all_directory_kinds.end(),
                           [&](DirectoryKind kind) { return !directories->of(kind).empty() && name == variable_of(kind); });
    }

    Findings& findings_;
    const Node::Object& own_;
    const WorkerSpec& worker_;
    Whole whole_;
};

/// The shortest wait after failure number `failures` in a row, in ms.
double shortest_wait(const RestartSpec& restart, std::uint32_t failures) {
    const auto most = static_cast<double>(restart.max_delay.count());
    double wait = static_cast<double>(restart.delay.count());
    for (std::uint32_t i = 1; i < failures && wait < most; ++i) wait *= restart.factor;
    return std::min(wait, most) * (1 - restart.jitter);
}

/// The shortest time from the first to the last of `limit` failures, in ms. A run of `resetAfter` begins the count of failures in a row anew.
double shortest_time(const RestartSpec& restart) {
    constexpr std::uint32_t most_exact = 256;
    const auto failures = restart.limit;
    if (failures > most_exact) return (failures - 1.0) * shortest_wait(restart, 1);   // no wait is shorter than the first
    const auto reset = static_cast<double>(restart.reset_after.count());
    std::vector<double> times{0, 0};   // by the count of failures in a row, from 1: until so many in all
    for (std::uint32_t all = 2; all <= failures; ++all) {
        std::vector<double> next(all + 1, std::numeric_limits<double>::infinity());
        for (std::uint32_t row = 1; row < all; ++row) {
            const double waited = times[row] + shortest_wait(restart, row);
            next[row + 1] = std::min(next[row + 1], waited);
            next[1] = std::min(next[1], waited + reset);
        }
        times = std::move(next);
    }
    return *std::min_element(times.begin() + 1, times.end());
}

std::string number_text(double number) {
    auto text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

}   // namespace

std::optional<std::string> limit_complaint(const RestartSpec& restart) {
    if (restart.policy == RestartSpec::Policy::never || restart.limit < 2) return std::nullopt;
    const double least = shortest_time(restart);
    constexpr double rounding = 0.5;
    if (least <= static_cast<double>(restart.window.count()) + rounding) return std::nullopt;
    const auto waits = restart.limit - 1;
    return "\"limit\" can never be reached: " + std::to_string(waits) + (waits == 1 ? " wait" : " waits") + " between " +
           std::to_string(restart.limit) + " failures take at least " + format_duration(Millis{static_cast<Millis::rep>(least)}) +
           " (\"delay\" " + format_duration(restart.delay) + ", \"factor\" " + number_text(restart.factor) + ", \"jitter\" " +
           number_text(restart.jitter) + "), \"window\" is " + format_duration(restart.window);
}

void warn_of_no_effect(Findings& findings, const Node& own, const WorkerSpec& worker, Whole whole) {
    if (const auto* keys = std::get_if<Node::Object>(&own.value)) Effects(findings, *keys, worker, whole).check();
}

}   // namespace talos::config
