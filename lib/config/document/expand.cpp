#include "config/document/expand.hpp"

#include <algorithm>

namespace talos::config {
namespace {

constexpr std::string_view name_start = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view name_rest = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

struct Reference {
    std::string_view name;
    std::optional<std::string_view> fallback;
};

/// Parses the text between the braces; nullopt if it is not a reference.
std::optional<Reference> read_reference(std::string_view inside) {
    if (inside.empty() || name_start.find(inside.front()) == std::string_view::npos) return std::nullopt;
    const auto end = std::min(inside.find_first_not_of(name_rest), inside.size());
    Reference reference{inside.substr(0, end), std::nullopt};
    inside.remove_prefix(end);
    if (inside.empty()) return reference;
    if (!inside.starts_with(":-") || inside.find("${") != std::string_view::npos) return std::nullopt;
    reference.fallback = inside.substr(2);
    return reference;
}

void fill(const Reference& reference, const Lookup& lookup, Expanded& result) {
    auto value = lookup(reference.name);
    const bool empty = !value || value->empty();
    if (empty && reference.fallback) result.text += *reference.fallback;
    else if (value) result.text += *value;
    else if (result.unset.empty()) result.unset = reference.name;
}

/// The number of `$` from `at` on if a brace follows them; otherwise 0.
std::size_t run_before_brace(std::string_view text, std::size_t at) {
    const auto end = text.find_first_not_of('$', at);
    return end != std::string_view::npos && text[end] == '{' ? end - at : 0;
}

}   // namespace

Expanded expand(std::string_view text, const Lookup& lookup) {
    Expanded result;
    for (std::size_t at = 0; at < text.size();) {
        const auto dollar = std::min(text.find('$', at), text.size());
        result.text += text.substr(at, dollar - at);
        at = dollar;
        const auto run = run_before_brace(text, at);
        if (run == 0) {
            const auto end = std::min(text.find_first_not_of('$', at), text.size());
            result.text += text.substr(at, end - at);
            at = end;
            continue;
        }
        result.text.append(run / 2, '$');
        at += run + 1;   // after the brace
        if (run % 2 == 0) {
            result.text += '{';
            continue;
        }
        const auto close = std::min(text.find('}', at), text.size());
        const auto reference = close < text.size() ? read_reference(text.substr(at, close - at)) : std::nullopt;
        if (reference) fill(*reference, lookup, result);
        else if (result.malformed.empty()) result.malformed = text.substr(at - 2, close + 3 - at);
        at = std::min(close + 1, text.size());
    }
    return result;
}

std::string unexpanded(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const auto run = run_before_brace(text, at);
        plain.append(run, '$');
        plain += text.substr(at, std::max<std::size_t>(run, 1));
        at += std::max<std::size_t>(run, 1);
    }
    return plain;
}

}   // namespace talos::config
