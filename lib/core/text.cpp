#include "core/text.hpp"

#include <algorithm>
#include <cstdint>

namespace talos {
namespace {

/// The number of edits (insert, delete, replace, swap neighbours) that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

/// The position of the `]` that closes the set at the start of `pattern`, or npos if the set is not closed. A `]` in first place
/// is a member of the set.
std::size_t set_end(std::string_view pattern) {
    const std::size_t first = pattern.size() > 1 && pattern[1] == '!' ? 2 : 1;
    return pattern.find(']', first + 1);
}

bool in_set(std::string_view set, char c) {
    const bool negated = set.starts_with('!');
    if (negated) set.remove_prefix(1);
    const auto code = [](char x) { return static_cast<unsigned char>(x); };
    for (std::size_t i = 0; i < set.size(); ++i) {
        const bool range = i + 2 < set.size() && set[i + 1] == '-';
        const char high = range ? set[i + 2] : set[i];
        if (code(c) >= code(set[i]) && code(c) <= code(high)) return !negated;
        if (range) i += 2;
    }
    return negated;
}

/// The length of the element at the start of `pattern` that matches the character `c`, or 0 if it does not match.
std::size_t match_one(std::string_view pattern, char c) {
    if (pattern.empty()) return 0;
    if (pattern[0] == '?') return 1;
    if (pattern[0] == '[') {
        const auto end = set_end(pattern);
        if (end != std::string_view::npos) return in_set(pattern.substr(1, end - 1), c) ? end + 1 : 0;
    }
    return pattern[0] == c ? 1 : 0;
}

/// The length of the well-formed UTF-8 sequence at the start of `bytes` (Unicode, table 3-7), or 0 if there is none.
std::size_t utf8_sequence(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : std::uint8_t{0}; };
    const auto tail = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
    const auto lead = at(0);
    const auto second = at(1);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool overlong = lead == 0xE0 && second < 0xA0;
        const bool surrogate = lead == 0xED && second > 0x9F;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool overlong = lead == 0xF0 && second < 0x90;
        const bool beyond = lead == 0xF4 && second > 0x8F;
        return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

/// Decodes a well-formed UTF-8 sequence.
std::uint32_t character_of(std::string_view sequence) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(sequence[i])); };
    if (sequence.size() == 1) return at(0);
    std::uint32_t value = at(0) & (0x7Fu >> sequence.size());
    for (std::size_t i = 1; i < sequence.size(); ++i) value = value << 6 | (at(i) & 0x3Fu);
    return value;
}

void append_json_escape(std::string& out, std::uint32_t unit) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += hex[(unit >> shift) & 15];
}

constexpr std::string_view blanks = " \t\n";

/// Takes one word from the front of `rest`, which must not start with a blank. Returns false if a quote is not closed.
bool take_word(std::string_view& rest, std::string& word) {
    constexpr std::string_view escaped_in_double_quotes = "$`\"\\\n";
    char quote = 0;
    for (; !rest.empty(); rest.remove_prefix(1)) {
        const char c = rest.front();
        if (quote == 0 && blanks.find(c) != std::string_view::npos) return true;
        if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (quote != 0 && c == quote) {
            quote = 0;
        } else if (c == '\\' && quote != '\'') {
            if (rest.size() < 2) return false;
            const char next = rest[1];
            if (quote == '"' && escaped_in_double_quotes.find(next) == std::string_view::npos) word += c;
            if (next != '\n') word += next;   // an escaped line break joins the lines
            rest.remove_prefix(1);
        } else {
            word += c;
        }
    }
    return quote == 0;
}

}   // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t most_edits = 2;
    std::string_view best;
    std::size_t best_distance = most_edits + 1;
    for (const auto candidate : candidates) {
        if (std::max(word.size(), candidate.size()) > std::min(word.size(), candidate.size()) + most_edits) continue;
        const auto distance = edit_distance(word, candidate);
        if (distance < best_distance && 2 * distance < word.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

bool glob_match(std::string_view pattern, std::string_view name) {
    // On a mismatch only the last star is extended by one character. So the time is at most length of pattern × length of name.
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t after_star = std::string_view::npos;
    std::size_t star_end = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            star_end = n;
        } else if (const auto length = match_one(pattern.substr(p), name[n]); length > 0) {
            p += length;
            ++n;
        } else if (after_star != std::string_view::npos) {
            p = after_star;
            n = ++star_end;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char one, char other) { return lower(one) == lower(other); });
}

std::string valid_utf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = utf8_sequence(bytes);
        text += length > 0 ? bytes.substr(0, length) : std::string_view{"\xEF\xBF\xBD"};
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

bool is_unprintable(std::uint32_t character) {
    const auto in = [&](std::uint32_t first, std::uint32_t last) { return character >= first && character <= last; };
    return in(0x7F, 0x9F) || character == 0x61C || character == 0x200B || in(0x200E, 0x200F) || in(0x2028, 0x202E) ||
           in(0x2060, 0x206F) || character == 0xFEFF || in(0xFFF9, 0xFFFB) || in(0xE0000, 0xE007F);
}

std::string in_one_line(std::string_view bytes) {
    constexpr std::string_view mark = "\xEF\xBF\xBD";
    std::string line;
    line.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = utf8_sequence(bytes);
        const auto sequence = bytes.substr(0, std::max<std::size_t>(length, 1));
        bytes.remove_prefix(sequence.size());
        const auto character = length > 0 ? character_of(sequence) : 0xFFFDu;
        if (character < 0x20 || character == 0x7F) line += ' ';
        else line += length == 0 || is_unprintable(character) ? mark : sequence;
    }
    return line;
}

std::string escaped_json(std::string json) {
    const auto ordinary = [](char c) { return static_cast<std::uint8_t>(c) < 0x7F; };
    if (std::all_of(json.begin(), json.end(), ordinary)) return json;
    std::string out;
    out.reserve(json.size());
    for (std::string_view rest = json; !rest.empty();) {
        const auto sequence = rest.substr(0, std::max<std::size_t>(utf8_sequence(rest), 1));
        rest.remove_prefix(sequence.size());
        const auto character = character_of(sequence);
        if (!is_unprintable(character)) {
            out += sequence;
        } else if (character < 0x10000) {
            append_json_escape(out, character);
        } else {
            append_json_escape(out, 0xD800 + ((character - 0x10000) >> 10));
            append_json_escape(out, 0xDC00 + (character & 0x3FF));
        }
    }
    return out;
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    for (;;) {
        // Skips an escaped line break between words.
        for (;;) {
            const auto start = text.find_first_not_of(blanks);
            text.remove_prefix(std::min(start, text.size()));
            if (!text.starts_with("\\\n")) break;
            text.remove_prefix(2);
        }
        if (text.empty()) return words;
        std::string word;
        if (!take_word(text, word)) return {};
        words.push_back(std::move(word));
    }
}

std::string join_words(std::span<const std::string> words) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ' ';
        if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
            text += word;
            continue;
        }
        text += '\'';
        for (const char c : word) {
            if (c == '\'') text += "'\\''";
            else text += c;
        }
        text += '\'';
    }
    return text;
}

}   // namespace talos
