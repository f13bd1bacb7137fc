#include "config/reader/dotenv.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace talos::config {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view name_start = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view name_rest = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";

class Lines {
public:
    explicit Lines(std::string_view text) : text_(text) {}

    [[nodiscard]] Dotenv read() {
        while (at_ < text_.size()) {
            line();
            at_ = std::min(text_.find('\n', at_), text_.size());
            if (at_ < text_.size()) ++at_;
        }
        return std::move(result_);
    }

private:
    void line() {
        skip_blanks();
        if (at_line_end() || text_[at_] == '#') return;
        if (text_.substr(at_).starts_with("export") && at_ + 6 < text_.size() &&
            blanks.find(text_[at_ + 6]) != std::string_view::npos) {
            at_ += 6;
            skip_blanks();
        }
        const auto begin = at_;
        const auto name = take_name();
        skip_blanks();
        if (name.empty() || at_line_end() || text_[at_] != '=')
            return fault(begin, "expected NAME=VALUE, a name of letters, digits and _ . -");
        ++at_;
        skip_blanks();
        if (auto value = take_value()) put(name, std::move(*value));
    }

    [[nodiscard]] std::string_view take_name() {
        if (at_line_end() || name_start.find(text_[at_]) == std::string_view::npos) return {};
        const auto end = std::min(text_.find_first_not_of(name_rest, at_), text_.size());
        const auto name = text_.substr(at_, end - at_);
        at_ = end;
        return name;
    }

    std::optional<std::string> take_value() {
        const bool quoted = !at_line_end() && (text_[at_] == '"' || text_[at_] == '\'');
        if (!quoted) return checked(take_bare(), at_);
        const auto begin = at_;
        auto value = text_[at_] == '"' ? take_double() : take_single();
        if (!value) return std::nullopt;
        const auto closed = at_;
        skip_blanks();
        const bool comment =
            at_ > closed && !at_line_end() && text_[at_] == '#';   // as in a value without quotes, behind a blank
        if (at_line_end() || comment) return checked(std::move(*value), begin);
        fault(at_, "expected the end of the line after the closing quote");
        return std::nullopt;
    }

    [[nodiscard]] std::string take_bare() {
        const auto begin = at_;
        while (!at_line_end() && !(text_[at_] == '#' && (at_ == begin || blanks.find(text_[at_ - 1]) != std::string_view::npos)))
            ++at_;
        auto value = text_.substr(begin, at_ - begin);
        value = value.substr(0, value.find_last_not_of(blanks) + 1);
        return std::string(value);
    }

    std::optional<std::string> take_single() {
        const auto end = text_.find('\'', at_ + 1);
        if (end == std::string_view::npos) return unclosed(at_);
        std::string value(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return value;
    }

    std::optional<std::string> take_double() {
        const auto begin = at_;
        std::string value;
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] != '\\') {
                value += text_[at_];
                continue;
            }
            const auto meant = at_ + 1 < text_.size() ? escaped(text_[at_ + 1]) : std::nullopt;
            if (!meant) {
                fault(at_, "unknown escape; known are \\n \\r \\t \\\\ \\\" \\$, and a backslash itself is \\\\");
                return skip_double(begin);
            }
            value += *meant;
            ++at_;
        }
        if (at_ >= text_.size()) return unclosed(begin);
        ++at_;
        return value;
    }

    [[nodiscard]] static std::optional<char> escaped(char c) {
        switch (c) {
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case '\\':
        case '"':
        case '$': return c;
        default: return std::nullopt;
        }
    }

    /// Past the closing quote, so that the lines in between are not taken for more of them.
    std::optional<std::string> skip_double(std::size_t begin) {
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        if (at_ >= text_.size()) return unclosed(begin);
        return std::nullopt;
    }

    std::optional<std::string> unclosed(std::size_t begin) {
        fault(begin, "the quote is never closed");
        at_ = text_.size();
        return std::nullopt;
    }

    std::optional<std::string> checked(std::string value, std::size_t begin) {
        if (value.find('\0') == std::string::npos) return value;
        fault(begin, "a NUL character cannot be part of a value");
        return std::nullopt;
    }

    void put(std::string_view name, std::string value) {
        const auto [known, fresh] = index_.emplace(name, result_.variables.size());
        if (fresh) result_.variables.emplace_back(name, std::move(value));
        else result_.variables[known->second].second = std::move(value);
    }

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }
    [[nodiscard]] bool at_line_end() const {
        return at_ >= text_.size() || text_[at_] == '\n' || ends_line(text_.substr(at_, 2));
    }
    [[nodiscard]] static bool ends_line(std::string_view next) { return next == "\r\n" || next == "\r"; }
    void fault(std::size_t offset, std::string message) {
        result_.faults.push_back({std::min(offset, text_.size()), std::move(message)});
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Dotenv result_;
    std::unordered_map<std::string_view, std::size_t> index_;   // of names
};

}   // namespace

Dotenv parse_dotenv(std::string_view text) { return Lines(text).read(); }

}   // namespace talos::config
