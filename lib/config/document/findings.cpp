#include "config/document/findings.hpp"

#include "config/document/quotes.hpp"
#include "config/document/scanner.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace talos::config {
namespace {

constexpr std::size_t most_reported = 100;   // errors, and as many warnings

/// Finds line and column of ascending offsets in one pass over the text.
class LineCounter {
public:
    explicit LineCounter(std::string_view text) : text_(text) {}

    void place(Error& error, std::size_t offset) {
        for (; at_ < offset; ++at_) {
            if (text_[at_] != '\n') continue;
            ++line_;
            line_start_ = at_ + 1;
        }
        error.line = line_;
        error.column = offset - line_start_ + 1;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t line_start_ = 0;
};

void check_text(const std::string& text, std::size_t offset, Findings& findings) {
    if (text.find('\0') != std::string::npos) findings.add(offset, "a NUL character (\\u0000) cannot be part of a text here");
}

void check_keys(const Node::Object& object, Findings& findings) {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (const auto& member : object) {
        check_text(member.key, member.offset, findings);
        if (!seen.emplace(member.key, member.offset).second)
            findings.add(member.offset, "duplicate key " + in_quotes(member.key));
    }
}

}   // namespace

void Findings::add(std::size_t offset, std::string message) { errors_.push_back({offset, std::move(message)}); }

void Findings::warn(std::size_t offset, std::string message) { warnings_.push_back({offset, std::move(message)}); }

void Findings::expected(const Node& node, std::string_view expectation, std::string_view hint) {
    std::string message = "expected " + std::string(expectation) + ", found " + found(node);
    if (!hint.empty()) message += "; " + std::string(hint);
    add(node.offset, std::move(message));
}

void Findings::also_in(const Member& member, const Member& other, std::string_view kind) {
    const auto& source = sources_.at(other.offset);
    if (&source == &sources_.at(member.offset)) return;
    add(member.offset, "the " + std::string(kind) + " " + in_quotes(member.key) + " is also in " + sources_.name(source.path));
}

std::string Findings::found(const Node& node) const {
    if (std::holds_alternative<Node::Array>(node.value)) return "an array";
    if (std::holds_alternative<Node::Object>(node.value)) return "an object";
    if (const auto* text = std::get_if<std::string>(&node.value)) return text->empty() ? "an empty string" : in_quotes(*text);
    const auto& source = sources_.at(node.offset);
    const auto text = std::string_view(source.text).substr(node.offset - source.base);
    return printable(text.substr(0, std::min<std::size_t>(Scanner(text).next().end, 40)));
}

std::vector<Error> Findings::errors() const {
    auto sorted = errors_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
    const auto same_place = [](const Finding& a, const Finding& b) { return a.offset == b.offset; };
    sorted.erase(std::unique(sorted.begin(), sorted.end(), same_place), sorted.end());
    return placed(sorted, "errors");
}

std::vector<Error> Findings::warnings() const {
    auto sorted = warnings_;
    const auto order = [](const Finding& finding) { return std::tie(finding.offset, finding.message); };
    std::stable_sort(sorted.begin(), sorted.end(), [&](const Finding& a, const Finding& b) { return order(a) < order(b); });
    const auto same = [&](const Finding& a, const Finding& b) { return order(a) == order(b); };
    sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
    return placed(sorted, "warnings");
}

std::vector<Error> Findings::placed(const std::vector<Finding>& sorted, std::string_view kind) const {
    std::vector<Error> errors;
    const Source* source = nullptr;
    LineCounter lines{std::string_view()};
    for (const auto& finding : sorted) {
        Error& error = errors.emplace_back();
        const auto& holds = sources_.at(finding.offset);
        if (source != &holds) lines = LineCounter(holds.text);
        source = &holds;
        if (source != &sources_.first()) error.file = sources_.name(source->path);
        lines.place(error, finding.offset - source->base);
        if (errors.size() > most_reported) {
            error.message = std::to_string(sorted.size() - most_reported) + " more " + std::string(kind) + " from here on";
            break;
        }
        error.pointer = pointer_to(source->root, finding.offset);
        error.message = finding.message;
    }
    return errors;
}

void check_everywhere(const Node& root, Findings& findings) {
    if (const auto* text = std::get_if<std::string>(&root.value)) check_text(*text, root.offset, findings);
    if (const auto* array = std::get_if<Node::Array>(&root.value)) {
        for (const auto& element : *array) check_everywhere(element, findings);
    }
    if (const auto* object = std::get_if<Node::Object>(&root.value)) {
        check_keys(*object, findings);
        for (const auto& member : *object) check_everywhere(member.value, findings);
    }
}

}   // namespace talos::config
