#include "http/routes/request_parts.hpp"
#include "http/routes/query.hpp"
#include <algorithm>

namespace talos::http {

namespace {

constexpr std::size_t most_words = 1'000;
constexpr std::size_t most_patterns = 16;   // each pattern is compared with every worker

bool is_pattern(std::string_view word) { return word.find_first_of("*?[") != std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool same_word(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}   // namespace

std::string_view take_part(std::string_view& remaining, char separator) {
    const auto part = remaining.substr(0, remaining.find(separator));
    remaining.remove_prefix(std::min(part.size() + 1, remaining.size()));
    return part;
}

bool accepts(std::string_view header, std::string_view type) {
    while (!header.empty()) {
        auto parameters = take_part(header, ',');
        if (!same_word(trimmed(take_part(parameters, ';')), type)) continue;
        bool wanted = true;
        while (!parameters.empty()) {
            const auto parameter = trimmed(take_part(parameters, ';'));
            if (!same_word(parameter.substr(0, 2), "q=")) continue;
            wanted = parameter.substr(2).find_first_not_of("0.") != std::string_view::npos;
        }
        return wanted;
    }
    return false;
}

Result<std::vector<std::string>> words_of(std::string_view names) {
    std::vector<std::string> words;
    std::size_t patterns = 0;
    for (bool more = true; more;) {
        more = names.find(',') != std::string_view::npos;
        auto word = percent_decoded(take_part(names, ','));
        if (!word) return refused("the path has a % that is not followed by two hexadecimal digits");
        if (word->empty()) return refused("expected names of workers separated by commas; one name is empty");
        if (words.size() == most_words) return refused("expected at most " + std::to_string(most_words) + " names of workers");
        if (word->size() > longest_word)
            return refused("expected a name or a pattern of at most " + std::to_string(longest_word) + " bytes, found one of " +
                           std::to_string(word->size()));
        if (is_pattern(*word) && ++patterns > most_patterns)
            return refused("expected at most " + std::to_string(most_patterns) + " patterns");
        words.push_back(std::move(*word));
    }
    return words;
}

bool plain(const std::vector<std::string>& words) {
    return words.size() == 1 && words.front() != "all" && !is_pattern(words.front());
}

}   // namespace talos::http
