#include "reference/schema.hpp"

#include "config/keys/show_writer.hpp"
#include "reference/value_schema.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace talos::reference {
namespace {

namespace json = boost::json;

/// The words of Markdown: without backticks, and of a link only its text.
std::string plain_text(std::string_view markdown) {
    std::string plain;
    while (!markdown.empty()) {
        const auto close = markdown.front() == '[' ? markdown.find(']') : std::string_view::npos;
        if (close != std::string_view::npos && markdown.substr(close).starts_with("](")) {
            plain += plain_text(markdown.substr(1, close - 1));
            markdown.remove_prefix(std::min(markdown.find(')', close), markdown.size() - 1) + 1);
            continue;
        }
        if (markdown.front() != '`') plain += markdown.front();
        markdown.remove_prefix(1);
    }
    return plain;
}

class Frame {
public:
    explicit Frame(const std::vector<Section>& sections) : sections_(sections) {}

    /// What is wrong with the frame; empty: nothing.
    [[nodiscard]] const std::string& fault() const { return fault_; }

    [[nodiscard]] json::value filled(const json::value& value) {
        if (const auto* array = value.if_array()) {
            json::array out;
            for (const auto& element : *array) out.push_back(filled(element));
            return out;
        }
        const auto* object = value.if_object();
        if (object == nullptr) return value;
        if (const auto* keys = object->if_contains("$keys")) return properties(std::string_view(keys->as_string()), *object);
        json::object out;
        for (const auto& [name, member] : *object) {
            if (name != "$type") out[name] = filled(member);
            else
                for (const auto& [keyword, part] : type(std::string_view(member.as_string()))) out[keyword] = part;
        }
        return out;
    }

private:
    [[nodiscard]] json::object properties(std::string_view name, const json::object& frame) {
        json::object out;
        const auto* section = find_section(sections_, name);
        if (section == nullptr) {
            fault_ = "there is no section \"" + std::string(name) + "\"";
            return out;
        }
        for (const auto& row : section->rows) out[row.name] = property(row, frame.if_contains(row.name));
        for (const auto& [key, member] : frame)
            if (key != "$keys" && find_row(*section, key) == nullptr)
                fault_ = std::string(name) + " has no key \"" + std::string(key) + "\"";
        return out;
    }

    [[nodiscard]] json::object property(const Row& row, const json::value* frame) {
        json::object out;
        out["description"] = plain_text(row.sentence->meaning);
        for (const auto& [keyword, value] : value_schema(row.codec)) out[keyword] = value;
        if (!row.fallback.empty() && row.sentence->fallback.empty()) out["default"] = json::parse(row.fallback);
        if (frame == nullptr && row.codec.index() == 0)
            fault_ = "the frame does not say what \"" + std::string(row.name) + "\" looks like";
        if (frame == nullptr) return out;
        const auto own = filled(*frame);
        for (const auto& [keyword, value] : own.as_object()) {
            if (out.contains(keyword))
                fault_ =
                    "the frame repeats \"" + std::string(keyword) + "\" of \"" + std::string(row.name) + "\", which its row says";
            out[keyword] = value;
        }
        return out;
    }

    [[nodiscard]] json::object type(std::string_view name) {
        const auto* section = find_section(sections_, name.substr(0, name.find('.')));
        const auto* row = section != nullptr ? find_row(*section, name.substr(name.find('.') + 1)) : nullptr;
        if (row != nullptr) return value_schema(row->codec);
        fault_ = "there is no key \"" + std::string(name) + "\"";
        return {};
    }

    const std::vector<Section>& sections_;
    std::string fault_;
};

void print(std::string& out, const json::value& value, std::size_t depth) {
    const auto line = [&](std::size_t indent) { out.append("\n").append(2 * indent, ' '); };
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        const char* separator = "{";
        for (const auto& [name, member] : *object) {
            out += separator;
            line(depth + 1);
            out.append(config::text(name)).append(": ");
            print(out, member, depth + 1);
            separator = ",";
        }
        line(depth);
        out += "}";
    } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
        const char* separator = "[";
        for (const auto& element : *array) {
            out += separator;
            line(depth + 1);
            print(out, element, depth + 1);
            separator = ",";
        }
        line(depth);
        out += "]";
    } else if (const auto* number = value.if_double()) {
        out += config::show_value(config::Codec{config::codec::Number{}}, number);
    } else if (const auto* string = value.if_string()) {
        out += config::text(std::string_view(*string));
    } else {
        out += json::serialize(value);
    }
}

}   // namespace

Result<std::string> schema_of(std::string_view frame, const std::vector<Section>& sections) {
    json::error_code error;
    const auto value = json::parse(frame, error);
    if (error) return refused("the frame is no JSON: " + error.message());
    Frame filler(sections);
    const auto schema = filler.filled(value);
    if (!filler.fault().empty()) return refused(filler.fault());
    std::string out;
    print(out, schema, 0);
    return out + "\n";
}

}   // namespace talos::reference
