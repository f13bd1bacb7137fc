#include "http/routes/log_query.hpp"
#include "http/routes/request_parts.hpp"
#include "logs/format/log_line.hpp"
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace talos::http {

namespace {

constexpr std::uint64_t most_lines = 100'000;
constexpr std::size_t default_lines = 50;

/// The value for the word of that index: one value applies to all words; otherwise there is one for each, and some may be empty.
/// nullopt if none is given.
std::optional<std::string_view> value_for(const std::string* values, std::size_t index) {
    if (values == nullptr) return std::nullopt;
    std::string_view remaining = *values;
    if (remaining.find(',') == std::string_view::npos) return remaining;
    auto part = take_part(remaining, ',');
    for (; index > 0; --index) part = take_part(remaining, ',');
    return part.empty() ? std::nullopt : std::optional(part);
}

Result<std::optional<std::int64_t>> time_for(std::string_view name, std::optional<std::string_view> value) {
    if (!value) return std::optional<std::int64_t>{};
    const auto time = logs::parse_rfc3339(*value);
    if (!time) return refused(std::string(name) + ": expected a time like 2026-01-29T00:31:10Z, found " + in_quotes(*value));
    return std::optional{*time};
}

Result<api::LogRange> log_range(const Query& query, std::size_t index) {
    api::LogRange range;
    const auto since = time_for("since", value_for(query.find("since"), index));
    if (!since) return since.error();
    const auto until = time_for("until", value_for(query.find("until"), index));
    if (!until) return until.error();
    range.since = *since;
    range.until = *until;
    if (range.since && range.until && *range.until <= *range.since) return refused("until: expected a time after since");
    const auto lines = value_for(query.find("lines"), index);
    if (lines == "all") return range;
    if (!lines) {
        if (!range.since) range.lines = default_lines;
        return range;
    }
    const auto number = whole_number(*lines, most_lines);
    if (!number) {
        const auto found = lines->empty() ? "nothing" : in_quotes(*lines);
        return refused("lines: expected a whole number from 0 to " + std::to_string(most_lines) + ", found " + found +
                       ", or \"all\"");
    }
    range.lines = static_cast<std::size_t>(*number);
    return range;
}

/// The maximum number of values for the words: a parameter has one for all words or one for each.
Result<std::size_t> values_of(const Query& query, std::size_t words) {
    std::size_t most = 1;
    for (const auto* name : {"lines", "since", "until"}) {
        const auto* values = query.find(name);
        const auto given = values == nullptr ? 1 : static_cast<std::size_t>(std::count(values->begin(), values->end(), ',')) + 1;
        if (given != 1 && given != words)
            return refused(std::string(name) + ": expected one value, or one for each name: " + std::to_string(words));
        most = std::max(most, given);
    }
    return most;
}

}   // namespace

Result<std::vector<api::LogRange>> log_ranges(const Query& query, std::size_t words) {
    const auto values = values_of(query, words);
    if (!values) return values.error();
    std::vector<api::LogRange> ranges;
    for (std::size_t index = 0; index < *values; ++index) {
        const auto range = log_range(query, index);
        if (!range) return range.error();
        ranges.push_back(*range);
    }
    return ranges;
}

}   // namespace talos::http
