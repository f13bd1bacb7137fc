#include "logs/format/log_format.hpp"

#include "core/text.hpp"
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace talos::logs {

using Format = config::LogSpec::Format;

std::string_view LogClock::now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    if (time.tv_sec != second_) {
        second_ = time.tv_sec;
        tm utc{};
        ::gmtime_r(&time.tv_sec, &utc);
        (void)std::strftime(text_, sizeof text_, "%Y-%m-%dT%H:%M:%S.", &utc);
        text_[29] = 'Z';
    }
    long rest = time.tv_nsec;
    for (int at = 28; at >= 20; --at) {
        text_[at] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    return {text_, 30};
}

namespace {

constexpr std::size_t stamp_length = 30;
constexpr std::size_t cri_tag = stamp_length + 8;   // ` stdout `
constexpr std::size_t cri_head = cri_tag + 2;       // `F `
constexpr std::string_view json_time = R"({"time":")";
constexpr std::string_view json_stream = R"(","stream":")";
constexpr std::string_view json_partial = R"("partial":true,)";
constexpr std::string_view json_line = R"("line":")";
constexpr std::string_view json_end = "\"}";
constexpr std::size_t json_mark = json_time.size() + stamp_length + json_stream.size() + 8;   // `stdout",`

void append_escaped(std::string_view text, std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::size_t plain = 0;   // start of the text that needs no escape
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f) continue;
        out.append(text.substr(plain, at - plain));
        plain = at + 1;
        switch (byte) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\t': out += "\\t"; break;
        case '\r': out += "\\r"; break;
        default:
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    out.append(text.substr(plain));
}

bool is_ascii(std::string_view text) {
    unsigned char any = 0;
    for (const char c : text) any |= static_cast<unsigned char>(c);
    return any < 0x80;
}

/// Whether the text is ASCII and needs no escapes, as nearly all text does. Checks eight bytes at a time: a byte of `eight` is
/// less than n if the highest bit of (eight - n) & ~eight is set at its position; it is equal to c if the same holds for eight ^
/// c and n = 1.
bool is_plain(std::string_view text) {
    constexpr std::uint64_t every = 0x0101010101010101u;
    constexpr std::uint64_t high = 0x80 * every;
    while (text.size() >= 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data(), 8);
        const auto is = [&](std::uint64_t byte) { return ((eight ^ byte * every) - every) & ~(eight ^ byte * every); };
        const auto below = (eight - 0x20 * every) & ~eight;
        if (((eight | below | is('"') | is('\\') | is(0x7f)) & high) != 0) return false;
        text.remove_prefix(8);
    }
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f; });
}

}   // namespace

LineFormat::LineFormat(Format format, std::string_view stamp, Stream stream) : format_(format) {
    const std::string_view name = stream == Stream::out ? "stdout" : "stderr";
    for (const auto end : {LineEnd::full, LineEnd::partial}) {
        auto& head = head_[static_cast<std::size_t>(end)];
        switch (format) {
        case Format::raw: break;
        case Format::cri: head.append(stamp).append(" ").append(name).append(end == LineEnd::full ? " F " : " P "); break;
        case Format::json:
            head.append(json_time).append(stamp).append(json_stream).append(name).append("\",");
            if (end == LineEnd::partial) head.append(json_partial);
            head.append(json_line);
            break;
        }
    }
}

void LineFormat::append(std::string_view line, LineEnd end, std::string& out) const {
    out.append(head_[static_cast<std::size_t>(end)]);
    if (format_ == Format::json) {
        if (is_plain(line)) out.append(line);
        else if (is_ascii(line)) append_escaped(line, out);
        else append_escaped(valid_utf8(line), out);
        out.append(json_end);
    } else {
        out.append(line);
    }
    out.push_back('\n');
}

LineCount count_lines(Format format, std::string_view formatted) {
    LineCount count;
    while (!formatted.empty()) {
        const auto newline = formatted.find('\n');
        const auto line = formatted.substr(0, newline);
        formatted.remove_prefix(newline == std::string_view::npos ? formatted.size() : newline + 1);
        bool whole = newline != std::string_view::npos;
        switch (format) {
        case Format::raw: count.bytes += line.size(); break;
        case Format::cri:
            whole = whole && line.size() > cri_tag && line[cri_tag] == 'F';
            if (line.size() > cri_head) count.bytes += line.size() - cri_head;
            break;
        case Format::json: {
            whole = whole && !line.substr(std::min(json_mark, line.size())).starts_with(json_partial);
            const auto around = json_mark + json_line.size() + json_end.size() + (whole ? 0 : json_partial.size());
            if (line.size() > around) count.bytes += line.size() - around;
            break;
        }
        }
        count.lines += whole ? 1 : 0;
        count.bytes += whole ? 1 : 0;
    }
    return count;
}

}   // namespace talos::logs
