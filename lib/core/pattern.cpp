#include "core/pattern.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <re2/re2.h>
#include <re2/stringpiece.h>
#include <string>

namespace talos {

// Backtracking engines (std::regex, Boost.Regex, PCRE2) take exponential or quadratic time for some texts, and workers choose the
// text of their logs. RE2 takes at most steps × bytes.
struct Pattern::Expression {
    re2::RE2 engine;
    bool utf8;
    Expression(std::string_view text, const re2::RE2::Options& options)
        : engine(std::string(text), options), utf8(options.encoding() == re2::RE2::Options::EncodingUTF8) {}
};

namespace {

constexpr std::size_t longest = 1024;
constexpr int most_steps = 5'000;
constexpr std::int64_t most_memory = 1 << 20;   // bytes, for a compiled expression and its cache

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

re2::RE2::Options options_for(std::string_view text, Pattern::Case letters) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(most_memory);
    options.set_case_sensitive(letters == Pattern::Case::exact);
    if (!is_ascii(text) && valid_utf8(text) != text) options.set_encoding(re2::RE2::Options::EncodingLatin1);
    return options;
}

Failure unsupported(std::string_view text, const std::string& part, std::string_view what) {
    const auto place = text.find(part) + 1;
    return refused("the regular expression has \"" + part + "\" at byte " + std::to_string(place) + ": " + std::string(what) +
                   " are not supported");
}

/// Describes why RE2 rejects an expression.
Failure complaint(std::string_view text, const re2::RE2& engine) {
    const std::string& part = engine.error_arg();
    const auto begins = [&](std::initializer_list<std::string_view> words) {
        return std::any_of(words.begin(), words.end(), [&](auto word) { return part.starts_with(word); });
    };
    if (engine.error_code() == re2::RE2::ErrorBadPerlOp || engine.error_code() == re2::RE2::ErrorBadNamedCapture)
        if (begins({"(?=", "(?!", "(?<"})) {
            const auto at = text.find(part);
            const auto behind = at == std::string_view::npos ? std::string_view{} : text.substr(at, 4);
            if (part != "(?<" || behind == "(?<=" || behind == "(?<!")
                return unsupported(text, part, "look-ahead and look-behind");
        }
    if (engine.error_code() == re2::RE2::ErrorBadEscape && part.size() > 1 && part[1] >= '1' && part[1] <= '9')
        return unsupported(text, part, "back references");
    constexpr std::size_t shown = 100;
    auto words = engine.error();
    if (words.size() > shown) words = words.substr(0, shown) + "...";
    return refused("not a regular expression: " + valid_utf8(words));
}

}   // namespace

Result<Pattern> Pattern::make(std::string_view text, Case letters) {
    if (text.size() > longest) return refused("a regular expression of more than 1024 bytes");
    Pattern pattern;
    pattern.expression_ = std::make_shared<const Expression>(text, options_for(text, letters));
    const auto& engine = pattern.expression_->engine;
    if (!engine.ok()) return complaint(text, engine);
    if (engine.ProgramSize() > most_steps) {
        return refused("the regular expression is too large: it compiles to " + std::to_string(engine.ProgramSize()) +
                       " steps, at most " + std::to_string(most_steps) + " are allowed; use smaller repetition counts");
    }
    return pattern;
}

bool Pattern::found_in(std::string_view text) const {
    const auto search = [&](std::string_view in) {
        const re2::StringPiece piece(in.data(), in.size());   // on Debian 13 this is absl::string_view, not std::string_view
        return expression_->engine.Match(piece, 0, in.size(), re2::RE2::UNANCHORED, nullptr, 0);
    };
    return expression_->utf8 && !is_ascii(text) ? search(valid_utf8(text)) : search(text);
}

}   // namespace talos
