#include "cli/logs/run_marks.hpp"
#include <algorithm>

namespace talos::cli {

RunMarks::RunMarks(const std::vector<std::string>& workers, Refresh refresh, std::int64_t known_until)
    : workers_(workers.size()), refresh_(std::move(refresh)), known_until_(known_until) {
    for (std::size_t i = 0; i < workers.size(); ++i) sources_.emplace(workers[i], i);
}

void RunMarks::note(std::string_view line) {
    if (line.find(R"("to":"starting")") == std::string_view::npos) return;   // most lines need not be parsed
    const auto event = parse_event(line);
    if (!event || event->to != "starting" || event->pid == 0 || event->sequence <= sequence_) return;
    sequence_ = event->sequence;
    const auto source = sources_.find(event->worker);
    if (source == sources_.end()) return;
    auto& runs = workers_[source->second].runs;
    const std::int64_t at = to_ms(event->at) * 1'000'000;
    const auto begun = runs.empty() ? at : std::max(at, runs.back().begun);   // the clock may have been set back
    runs.push_back({static_cast<unsigned>(runs.size() + 1), event->pid, begun});
}

std::optional<Run> RunMarks::run_of(std::size_t source, std::optional<std::int64_t> time) {
    auto& worker = workers_[source];
    if (!time) return worker.last;
    if (*time > known_until_) {
        refresh_(*this);
        known_until_ = *time;
    }
    const auto later = std::upper_bound(worker.runs.begin(), worker.runs.end(), *time,
                                        [](std::int64_t at, const Run& run) { return at < run.begun; });
    worker.last = later == worker.runs.begin() ? std::nullopt : std::optional(*std::prev(later));
    return worker.last;
}

}   // namespace talos::cli
