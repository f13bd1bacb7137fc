#include "api/select.hpp"
#include "config/model/instances.hpp"
#include "core/text.hpp"
#include <algorithm>

namespace talos::api {

namespace {

constexpr std::size_t listed_at_most = 10;

bool means(const std::string& word, const Named& worker) {
    if (worker.name.empty()) return word == worker.group;
    return word == "all" || word == worker.name || glob_match(word, worker.name) ||
           (!worker.group.empty() && word == worker.group);
}

/// The names of workers and groups, each once.
std::vector<std::string_view> words_for(std::span<const Named> workers) {
    std::vector<std::string_view> words;
    for (const auto& worker : workers) {
        // instances of a group are adjacent
        const bool next = worker.group.empty() || (!words.empty() && words.back() == worker.group);
        if (!next) words.push_back(worker.group);
    }
    for (const auto& worker : workers)
        if (!worker.name.empty()) words.push_back(worker.name);
    return words;
}

std::string nobody(std::span<const Named> workers, const std::string& word) {
    const bool pattern = word.find_first_of("*?[") != std::string::npos;
    std::string out = pattern ? "no worker matches \"" : "no worker \"";
    out.append(word).append("\"");
    if (workers.empty()) return out + "; there are no workers";
    if (!pattern) {
        if (const auto near = nearest(word, words_for(workers)); !near.empty())
            return out + "; did you mean \"" + std::string{near} + "\"?";
    }
    out += "; known workers: ";
    for (std::size_t i = 0; i < std::min(workers.size(), listed_at_most); ++i)
        out.append(i == 0 ? "" : ", ").append(workers[i].name.empty() ? workers[i].group : workers[i].name);
    if (workers.size() > listed_at_most) out += ", and " + std::to_string(workers.size() - listed_at_most) + " more";
    return out;
}

}   // namespace

Result<std::vector<std::size_t>> select(std::span<const Named> workers, const std::vector<std::string>& words) {
    std::vector<bool> chosen(workers.size(), words.empty());
    for (const auto& word : words) {
        bool found = word == "all";
        for (std::size_t i = 0; i < workers.size(); ++i) {
            if (!means(word, workers[i])) continue;
            chosen[i] = true;
            found = true;
        }
        if (!found) return refused(nobody(workers, word));
    }
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < workers.size(); ++i)
        if (chosen[i] && !workers[i].name.empty()) indices.push_back(i);
    return indices;
}

bool HistoryOf::wants(std::string_view worker) const {
    if (pattern_.empty()) return true;
    return !worker.empty() && (glob_match(pattern_, worker) || (!names_worker_ && config::group_in(worker) == pattern_));
}

std::vector<Named> names_of(const state::StatusDocument& document) {
    std::vector<Named> names;
    names.reserve(document.workers.size());
    for (const auto& worker : document.workers) names.push_back({worker.name, worker.group});
    for (const auto& group : document.head.empty_groups) names.push_back({{}, group});
    return names;
}

std::vector<Named> names_of(const config::Config& config) {
    std::vector<Named> names;
    names.reserve(config.workers.size());
    for (const auto& worker : config.workers) {
        const auto* instance = worker.instance.get();
        names.push_back({worker.name, instance != nullptr ? instance->of : std::string()});
    }
    for (const auto& group : config.groups)
        if (group.count == 0) names.push_back({{}, group.pattern.name});
    return names;
}

}   // namespace talos::api
