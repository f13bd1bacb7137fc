#include "config/reader/reader.hpp"

#include "config/document/quotes.hpp"
#include "config/reader/foreign_words.hpp"
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "core/size.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace talos::config {

std::optional<double> as_number(const Node& node) {
    if (const auto* number = std::get_if<double>(&node.value)) return *number;
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) return static_cast<double>(*number);
    return std::nullopt;
}

namespace {

std::string did_you_mean(std::string_view word, std::span<const std::string_view> words) {
    const auto near = nearest(word, words);
    return near.empty() ? std::string() : "did you mean " + in_quotes(near) + "?";
}

std::string meant_key(std::string_view key, std::span<const std::string_view> known) {
    const auto native = native_key(key, known);
    if (native.empty()) return did_you_mean(key, known);
    const auto dot = native.find('.');
    if (dot == std::string::npos) return "did you mean " + in_quotes(native) + "?";
    return "did you mean " + in_quotes(native.substr(dot + 1)) + " in " + in_quotes(native.substr(0, dot)) + "?";
}

}   // namespace

const Node::Object* Reader::fields(const Node& node, std::span<const Field> known) {
    const auto* members = object(node);
    if (members == nullptr) return nullptr;
    std::vector<std::string_view> keys;
    for (const auto& field : known) keys.push_back(field.key);
    for (const auto& member : *members) {
        const auto field = std::find_if(known.begin(), known.end(), [&](const Field& f) { return f.key == member.key; });
        if (field != known.end()) field->take(member.value);
        else unknown_key(member, keys);
    }
    return members;
}

void Reader::unknown_key(const Member& member, std::span<const std::string_view> known, const Hint& hint) {
    auto advice = meant_key(member.key, known);
    if (hint) advice = hint(member, std::move(advice));
    findings_.add(member.offset, advice.empty() ? "unknown key" : "unknown key; " + advice);
}

const Node::Object* Reader::object(const Node& node) {
    const auto* members = std::get_if<Node::Object>(&node.value);
    if (members == nullptr) findings_.expected(node, "an object");
    return members;
}

const Node::Array* Reader::array(const Node& node, std::string_view expectation) {
    const auto* elements = std::get_if<Node::Array>(&node.value);
    if (elements == nullptr) findings_.expected(node, expectation);
    return elements;
}

void Reader::boolean(const Node& node, bool& target) {
    if (const auto* value = std::get_if<bool>(&node.value)) {
        target = *value;
        return;
    }
    const auto* word = std::get_if<std::string>(&node.value);
    const bool only_quoted = word != nullptr && (*word == "true" || *word == "false");
    findings_.expected(node, "true or false", only_quoted ? "without the quotes" : "");
}

void Reader::duration(const Node& node, Millis& target, Millis least) {
    const auto* word = std::get_if<std::string>(&node.value);
    const std::string with_unit = as_number(node) ? "write \"" + findings_.found(node) + "s\" for seconds" : std::string();
    if (word == nullptr || word->empty()) return findings_.expected(node, "a duration like \"250ms\" or \"1m30s\"", with_unit);
    const auto value = parse_duration(*word);
    if (!value) {
        findings_.add(node.offset, value.error().message());
    } else if (*value < least) {
        findings_.expected(node, "a duration of at least " + in_quotes(format_duration(least)));
    } else {
        target = *value;
    }
}

void Reader::size(const Node& node, std::uint64_t& target, std::uint64_t least, std::uint64_t most) {
    const auto* word = std::get_if<std::string>(&node.value);
    if (word == nullptr || word->empty()) return findings_.expected(node, "a size like \"64KiB\" or \"10MiB\"");
    const auto value = parse_size(*word);
    if (!value) {
        findings_.add(node.offset, value.error().message());
    } else if (*value < least) {
        findings_.expected(node, "a size of at least " + in_quotes(format_size(least)));
    } else if (*value > most) {
        findings_.expected(node, "a size of at most " + in_quotes(format_size(most)));
    } else {
        target = *value;
    }
}

void Reader::number(const Node& node, double& target, double least, double most, std::string_view expectation) {
    const auto value = as_number(node);
    if (!value || !std::isfinite(*value) || *value < least || *value > most) return findings_.expected(node, expectation);
    target = *value;
}

std::optional<std::int64_t> Reader::integer(const Node& node, std::int64_t least, std::int64_t most) {
    // 3.0 is an integer, as in JSON Schema
    const auto value = as_number(node);
    const bool in_range =
        value && std::isfinite(*value) && *value >= static_cast<double>(least) && *value <= static_cast<double>(most);
    const auto whole = in_range ? static_cast<std::int64_t>(*value) : 0;
    if (in_range && static_cast<double>(whole) == *value) return whole;
    findings_.expected(node, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

void Reader::signal(const Node& node, int& target) {
    const auto* word = std::get_if<std::string>(&node.value);
    const auto number = word == nullptr ? std::nullopt : signal_number(*word);
    if (!number) return findings_.expected(node, "the name of a signal like \"SIGTERM\"");
    target = *number;
}

const std::string* Reader::text(const Node& node, std::string_view what) {
    const auto* value = std::get_if<std::string>(&node.value);
    if (value == nullptr) {
        const bool scalar = as_number(node).has_value() || std::holds_alternative<bool>(node.value);
        findings_.expected(node, what, scalar ? "write \"" + findings_.found(node) + "\"" : "");
    }
    return value;
}

const std::string* Reader::path(const Node& node) {
    const auto* value = std::get_if<std::string>(&node.value);
    if (value == nullptr || value->empty()) {
        findings_.expected(node, "a path");
        return nullptr;
    }
    check_tilde(node, *value);
    return value;
}

void Reader::check_tilde(const Node& node, std::string_view path) {
    if (!path.starts_with('~')) return;
    const auto user = path.substr(1, path.find('/') - 1);
    const auto below = path.find('/') != std::string_view::npos ? path.substr(path.find('/')) : std::string_view();
    std::string message = "~ is not expanded: write ";
    if (!user.empty()) message += "the absolute path of the home directory of " + in_quotes(user);
    else if (!home_.empty()) message += in_quotes(home_ + std::string(below));
    else message += "the absolute path of the home directory";
    findings_.add(node.offset, message + ", or " + in_quotes("./" + std::string(path)) + " for a file of that name");
}

const std::string* Reader::file_path(const Node& node) {
    const auto* value = path(node);
    if (value == nullptr) return nullptr;
    const auto name = std::string_view(*value).substr(value->rfind('/') + 1);
    if (!name.empty() && name != "." && name != "..") return value;
    findings_.expected(node, "the path of a file", "this is the path of a directory");
    return nullptr;
}

std::optional<std::size_t> Reader::word(const Node& node, std::span<const std::string_view> words, std::string_view or_else) {
    const auto* word = std::get_if<std::string>(&node.value);
    const auto known = word != nullptr ? std::find(words.begin(), words.end(), *word) : words.end();
    if (known != words.end()) return static_cast<std::size_t>(known - words.begin());
    std::string expectation;
    const std::size_t alternatives = words.size() + (or_else.empty() ? 0 : 1);
    for (std::size_t i = 0; i < alternatives; ++i) {
        if (i > 0) expectation += i + 1 == alternatives ? " or " : ", ";
        expectation += i < words.size() ? in_quotes(words[i]) : std::string(or_else);
    }
    findings_.expected(node, expectation, word == nullptr ? "" : did_you_mean(*word, words));
    return std::nullopt;
}

const Member* find_member(const Node::Object& object, std::string_view key) {
    const auto found = std::find_if(object.begin(), object.end(), [&](const Member& member) { return member.key == key; });
    return found == object.end() ? nullptr : &*found;
}

}   // namespace talos::config
