#include "reference/tables.hpp"

#include "core/duration.hpp"
#include "core/size.hpp"

#include <limits>
#include <type_traits>

namespace talos::reference {
namespace {

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }
std::string quoted_code(std::string_view text) { return "`\"" + std::string(text) + "\"`"; }

std::string number_text(double value) { return config::show_value(config::Codec{config::codec::Number{}}, &value); }

std::string type_of(const std::monostate&) { return {}; }
std::string type_of(const config::codec::Bool&) { return "boolean"; }

std::string type_of(const config::codec::Duration& codec) {
    return codec.least.count() == 0 ? "duration" : "duration, at least " + quoted_code(format_duration(codec.least));
}

template <class Bytes>
std::string type_of(const config::codec::Size<Bytes>& codec) {
    std::string text = "size";
    if (codec.most != std::numeric_limits<Bytes>::max())
        return text + ", " + quoted_code(format_size(codec.least)) + " to " + quoted_code(format_size(codec.most));
    return codec.least == 0 ? text : text + ", at least " + quoted_code(format_size(codec.least));
}

std::string type_of(const config::codec::Whole& codec) {
    return "whole number, " + std::to_string(codec.least) + " to " + std::to_string(codec.most);
}

std::string type_of(const config::codec::OptionalWhole& codec) {
    return "whole number, " + std::to_string(codec.least) + " to " + std::to_string(codec.most);
}

std::string type_of(const config::codec::Number& codec) {
    const bool open = codec.most == std::numeric_limits<double>::max();
    return open ? "number, at least " + number_text(codec.least)
                : "number, " + number_text(codec.least) + " to " + number_text(codec.most);
}

std::string type_of(const config::codec::Signal&) { return "signal"; }
std::string type_of(const config::codec::Name&) { return "string"; }

template <class Bits>
std::string type_of(const config::codec::Octal<Bits>&) {
    return "string of four octal digits";
}

std::string type_of(const config::codec::Words& codec) {
    std::string text;
    for (const auto word : codec.words) text.append(text.empty() ? "" : ", ").append(quoted_code(word));
    return text;
}

std::string type_text(const Row& row) {
    if (!row.sentence->type.empty()) return std::string(row.sentence->type);
    return std::visit([](const auto& codec) { return type_of(codec); }, row.codec);
}

std::string default_text(const Row& row) {
    if (!row.sentence->fallback.empty()) return std::string(row.sentence->fallback);
    return row.fallback.empty() ? std::string() : code(row.fallback);
}

constexpr std::string_view begin = "<!-- keys: ";
constexpr std::string_view begin_end = " -->";
constexpr std::string_view end = "<!-- end keys -->";

/// The text's next line with its line break; removed from the text.
std::string_view next_line(std::string_view& text) {
    const auto length = std::min(text.find('\n'), text.size() - 1) + 1;
    const auto line = text.substr(0, length);
    text.remove_prefix(length);
    return line;
}

std::string_view without_break(std::string_view line) { return line.ends_with('\n') ? line.substr(0, line.size() - 1) : line; }

}   // namespace

std::string table_of(const Section& section) {
    std::string table = "| key | type | default | live | meaning |\n|---|---|---|---|---|\n";
    for (const auto& row : section.rows) {
        table.append("| ").append(code(row.name)).append(" | ").append(type_text(row)).append(" | ").append(default_text(row));
        table.append(row.effect == config::Effect::live ? " | yes | " : " | no | ").append(row.sentence->meaning).append(" |\n");
    }
    return table;
}

Result<std::string> with_tables(std::string_view page, const std::vector<Section>& sections) {
    std::string out;
    while (!page.empty()) {
        const auto line = next_line(page);
        const auto marker = without_break(line);
        out += line;
        if (!marker.starts_with(begin) || !marker.ends_with(begin_end)) continue;
        const auto name = marker.substr(begin.size(), marker.size() - begin.size() - begin_end.size());
        const auto* section = find_section(sections, name);
        if (section == nullptr) return refused("there is no section of keys \"" + std::string(name) + "\"");
        std::string_view closing;
        do {
            if (page.empty()) return refused("<!-- keys: " + std::string(name) + " --> has no <!-- end keys -->");
            closing = next_line(page);
            if (closing.starts_with(begin)) return refused("<!-- keys: " + std::string(name) + " --> has no <!-- end keys -->");
        } while (without_break(closing) != end);
        out.append("\n").append(table_of(*section)).append("\n").append(closing);
    }
    return out;
}

}   // namespace talos::reference
