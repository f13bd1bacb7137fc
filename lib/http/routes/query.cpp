#include "http/routes/query.hpp"
#include "core/duration.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <charconv>
#include <limits>

namespace talos::http {
namespace {

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Failure expected(std::string_view name, std::string_view what, std::string_view found) {
    std::string sentence(name);
    sentence.append(": expected ").append(what).append(", found ").append(found.empty() ? "nothing" : in_quotes(found));
    return refused(std::move(sentence));
}

}   // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown = 40;
    std::string out = "\"" + valid_utf8(text.substr(0, shown));
    return out + (text.size() > shown ? "...\"" : "\"");
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = digit_of(text[i + 1]);
        const int low = digit_of(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(static_cast<unsigned char>(16 * high + low));
        i += 2;
    }
    return out;
}

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > most) return std::nullopt;
    return number;
}

Result<Query> Query::parse(std::string_view text) {
    Query query;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        if (part.empty()) continue;
        const auto split = part.find('=');
        auto name = percent_decoded(part.substr(0, split));
        auto value = percent_decoded(split == std::string_view::npos ? std::string_view{} : part.substr(split + 1));
        if (!name || !value) return refused("the query has a % that is not followed by two hexadecimal digits");
        if (query.find(*name) != nullptr) return refused("the parameter " + in_quotes(*name) + " occurs more than once");
        query.parameters_.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

Result<> Query::only(std::initializer_list<std::string_view> names) const {
    for (const auto& [name, value] : parameters_) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        std::string sentence = "unknown parameter " + in_quotes(name);
        if (const auto near = nearest(name, names); !near.empty()) {
            return refused(sentence.append("; did you mean ").append(in_quotes(near)).append("?"));
        }
        sentence += names.size() == 0 ? "; this path takes no parameters" : "; known parameters: ";
        for (const auto known : names) sentence.append(known == *names.begin() ? "" : ", ").append(known);
        return refused(std::move(sentence));
    }
    return {};
}

const std::string* Query::find(std::string_view name) const {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(), [&](const auto& each) { return each.first == name; });
    return found == parameters_.end() ? nullptr : &found->second;
}

Result<bool> Query::flag(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr || *value == "0" || *value == "false") return false;
    if (value->empty() || *value == "1" || *value == "true") return true;
    return expected(name, "1, true, 0 or false", *value);
}

Result<std::optional<Millis>> Query::duration(std::string_view name, Millis most) const {
    const auto* value = find(name);
    if (value == nullptr) return std::optional<Millis>{};
    if (value->empty()) return expected(name, "a duration like \"30s\" or \"1m30s\"", *value);
    const auto duration = parse_duration(*value);
    if (!duration) return refused(std::string(name) + ": " + valid_utf8(duration.error().message()));
    if (*duration > most) return expected(name, "a duration of at most " + format_duration(most), *value);
    return std::optional{*duration};
}

Result<std::optional<std::uint64_t>> Query::number(std::string_view name, std::uint64_t most) const {
    const auto* value = find(name);
    if (value == nullptr) return std::optional<std::uint64_t>{};
    if (const auto number = whole_number(*value, most)) return std::optional<std::uint64_t>{*number};
    std::string what = "a whole number";
    if (most != std::numeric_limits<std::uint64_t>::max()) what.append(" from 0 to ").append(std::to_string(most));
    return expected(name, what, *value);
}

}   // namespace talos::http
