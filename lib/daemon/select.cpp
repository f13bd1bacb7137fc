#include "daemon/select.hpp"
#include "core/text.hpp"
#include <algorithm>

namespace talos::daemon {

namespace {

constexpr std::size_t listed_at_most = 10;

bool means(const std::string& word, const std::string& name) { return word == "all" || word == name || glob_match(word, name); }

std::string nobody(std::span<const std::string> names, const std::string& word) {
    const bool pattern = word.find_first_of("*?[") != std::string::npos;
    std::string out = pattern ? "no worker matches \"" : "no worker \"";
    out.append(word).append("\"");
    if (names.empty()) return out + "; there are no workers at all";
    if (!pattern) {
        const std::vector<std::string_view> candidates(names.begin(), names.end());
        if (const auto near = nearest(word, candidates); !near.empty())
            return out + "; did you mean \"" + std::string{near} + "\"?";
    }
    out += "; there are: ";
    for (std::size_t i = 0; i < std::min(names.size(), listed_at_most); ++i) out.append(i == 0 ? "" : ", ").append(names[i]);
    if (names.size() > listed_at_most) out += ", and " + std::to_string(names.size() - listed_at_most) + " more";
    return out;
}

}  // namespace

Result<std::vector<std::size_t>> select(std::span<const std::string> names, const std::vector<std::string>& words) {
    std::vector<bool> chosen(names.size(), words.empty());
    for (const auto& word : words) {
        bool found = word == "all";
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!means(word, names[i])) continue;
            chosen[i] = true;
            found = true;
        }
        if (!found) return refused(nobody(names, word));
    }
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (chosen[i]) indices.push_back(i);
    return indices;
}

std::vector<std::string> names_of(const StatusDocument& document) {
    std::vector<std::string> names;
    names.reserve(document.workers.size());
    for (const auto& worker : document.workers) names.push_back(worker.name);
    return names;
}

}  // namespace talos::daemon
