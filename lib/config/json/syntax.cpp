#include "config/json/syntax.hpp"

#include "config/document/quotes.hpp"
#include "config/document/scanner.hpp"
#include "config/json/read_document.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <boost/json/error.hpp>
#include <cstdint>
#include <optional>
#include <vector>

namespace talos::config {
namespace {

using Kind = Token::Kind;

bool digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && digit(text[at])) ++at;
    return at;
}

/// The grammar of RFC 8259, section 6.
bool is_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const auto digits = skip_digits(text, at);
    if (digits == at || (text[at] == '0' && digits > at + 1)) return false;
    at = digits;
    if (at < text.size() && text[at] == '.') {
        const auto fraction = skip_digits(text, at + 1);
        if (fraction == at + 1) return false;
        at = fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const auto exponent = skip_digits(text, at);
        if (exponent == at) return false;
        at = exponent;
    }
    return at == text.size();
}

bool is_scalar(std::string_view text) { return text == "true" || text == "false" || text == "null" || is_number(text); }

/// Checks tokens against the grammar and reports what was expected in place of the first wrong one.
class Grammar {
public:
    explicit Grammar(std::string_view text) : text_(text) {}

    /// Returns nullopt if the token is valid here.
    [[nodiscard]] std::optional<std::string> take(const Token& token) {
        if (token.kind == Kind::open_comment) return "the comment is never closed: expected */";
        switch (expected_) {
        case Expected::value:
        case Expected::value_or_close: return take_value(token);
        case Expected::key_or_close: return take_key(token);
        case Expected::colon: return take_colon(token);
        case Expected::comma_or_close: return take_separator(token);
        case Expected::end: return take_end(token);
        }
        return std::nullopt;
    }

private:
    enum class Expected { value, value_or_close, key_or_close, colon, comma_or_close, end };

    [[nodiscard]] bool in_object() const { return !open_.empty() && text_[open_.back()] == '{'; }

    std::optional<std::string> take_value(const Token& token) {
        const auto piece = text_.substr(token.begin, token.end - token.begin);
        if (token.kind == Kind::open_object) return open(token, Expected::key_or_close);
        if (token.kind == Kind::open_array) return open(token, Expected::value_or_close);
        if (token.kind == Kind::close_array && expected_ == Expected::value_or_close) return close();
        if (token.kind == Kind::string || (token.kind == Kind::scalar && is_scalar(piece))) return value_done();
        return unexpected(token);
    }

    std::optional<std::string> take_key(const Token& token) {
        if (token.kind == Kind::close_object) return close();
        if (token.kind != Kind::string) return unexpected(token);
        expected_ = Expected::colon;
        return std::nullopt;
    }

    std::optional<std::string> take_colon(const Token& token) {
        if (token.kind != Kind::colon) return unexpected(token);
        expected_ = Expected::value;
        return std::nullopt;
    }

    std::optional<std::string> take_separator(const Token& token) {
        if (token.kind == (in_object() ? Kind::close_object : Kind::close_array)) return close();
        if (token.kind != Kind::comma) return unexpected(token);
        expected_ = in_object() ? Expected::key_or_close : Expected::value_or_close;
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::string> take_end(const Token& token) const {
        if (token.kind != Kind::end) return unexpected(token);
        return std::nullopt;
    }

    std::optional<std::string> open(const Token& token, Expected next) {
        if (open_.size() == deepest_level) return "nested deeper than " + std::to_string(deepest_level) + " levels";
        open_.push_back(token.begin);
        expected_ = next;
        return std::nullopt;
    }

    std::optional<std::string> close() {
        open_.pop_back();
        return value_done();
    }

    std::optional<std::string> value_done() {
        expected_ = open_.empty() ? Expected::end : Expected::comma_or_close;
        return std::nullopt;
    }

    [[nodiscard]] std::string expectation() const {
        switch (expected_) {
        case Expected::value: return open_.empty() ? "an object" : "a value";
        case Expected::value_or_close: return "a value or \"]\"";
        case Expected::key_or_close: return "a key in double quotes or \"}\"";
        case Expected::colon: return "\":\" after the key";
        case Expected::comma_or_close: return in_object() ? "\",\" or \"}\"" : "\",\" or \"]\"";
        case Expected::end: return "nothing more after the end of the object";
        }
        return {};
    }

    [[nodiscard]] std::string unexpected(const Token& token) const {
        std::string message = "expected " + expectation();
        const auto piece = text_.substr(token.begin, token.end - token.begin);
        if (token.kind == Kind::end) {
            message += ", found the end of the file";
            if (!open_.empty())
                message +=
                    "; " + in_quotes(text_.substr(open_.back(), 1)) + " of line " + line_of(open_.back()) + " is not closed";
            return message;
        }
        if (token.kind == Kind::open_string) return "the string is never closed: expected \" before the end of the line";
        message += ", found " + (token.kind == Kind::string ? printable(piece.substr(0, 42)) : in_quotes(piece));
        if (piece.starts_with('\'')) message += "; strings stand in double quotes";
        return message;
    }

    [[nodiscard]] std::string line_of(std::size_t offset) const {
        return std::to_string(1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    }

    std::string_view text_;
    std::vector<std::size_t> open_;   // offsets of the brackets
    Expected expected_ = Expected::value;
};

/// The error inside a string that the parser found at `at`.
std::string string_fault(std::string_view text, const Token& token, std::size_t at, const std::string& reason) {
    if (static_cast<unsigned char>(text[at]) < 0x20) return "a control character in a string; write it as \\n, \\t or \\u00XX";
    const auto piece = text.substr(token.begin, token.end - token.begin);
    if (valid_utf8(piece) != piece) return "the string is not valid UTF-8";
    if (text[at - 1] == '\\')
        return "unknown escape " + in_quotes(text.substr(at - 1, 2)) + "; a backslash itself is written \\\\";
    return "a fault in the string: " + reason;
}

}   // namespace

SyntaxError explain_syntax(std::string_view text, std::size_t stopped_at, const boost::system::error_code& reason) {
    Grammar grammar(text);
    Scanner scanner(text);
    for (;;) {
        const Token token = scanner.next_significant();
        if (auto message = grammar.take(token)) return {token.begin, std::move(*message)};
        if (token.kind == Kind::end) return {std::min(stopped_at, text.size()), reason.message()};
        const bool inside = token.begin < stopped_at && stopped_at < token.end;
        if (inside && token.kind == Kind::string) return {stopped_at, string_fault(text, token, stopped_at, reason.message())};
        const bool here = token.begin <= stopped_at && stopped_at <= token.end;
        if (here && token.kind == Kind::scalar && reason == boost::json::error::exponent_overflow) {
            return {token.begin, "the number is too large"};
        }
    }
}

}   // namespace talos::config
