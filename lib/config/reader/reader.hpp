#pragma once
#include "config/document/findings.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace talos::config {

/// One key that an object may have, and who takes its value.
struct Field {
    std::string_view key;
    std::function<void(const Node&)> take;
};

/// A word that stands for a value.
template <class Value>
struct Choice {
    std::string_view word;
    Value value;
};

/// Typed reading of nodes. What does not fit is a finding and leaves the target as it was.
class Reader {
public:
    /// `home`: of the user that talosd runs as, for suggestions; may be empty.
    explicit Reader(Findings& findings, std::string home = {}) : findings_(findings), home_(std::move(home)) {}

    /// Hands each member to its field; an unknown key is a finding. Nothing when the node is no object.
    const Node::Object* fields(const Node& node, std::initializer_list<Field> known) {
        return fields(node, std::span(known.begin(), known.size()));
    }
    const Node::Object* fields(const Node& node, std::span<const Field> known) { return fields(node, known, {}); }
    /// `hint`: what to say of an unknown key, given what it may have been meant as (empty: nothing); none: that.
    const Node::Object* fields(const Node& node, std::span<const Field> known,
                               const std::function<std::string(const Member&, std::string meant)>& hint);
    const Node::Object* object(const Node& node);
    const Node::Array* array(const Node& node, std::string_view expectation);

    void boolean(const Node& node, bool& target);
    void duration(const Node& node, Millis& target, Millis least = Millis{0});
    void size(const Node& node, std::uint64_t& target, std::uint64_t least,
              std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    void number(const Node& node, double& target, double least, double most, std::string_view expectation);
    void integer(const Node& node, std::uint32_t& target, std::uint32_t most);
    void integer(const Node& node, std::optional<std::int32_t>& target, std::int32_t least, std::int32_t most);
    void signal(const Node& node, int& target);
    /// Any string; `what` names it in the finding.
    const std::string* text(const Node& node, std::string_view what = "a string");
    /// A string that is not empty.
    const std::string* path(const Node& node);
    /// A finding when the path begins with `~`, which only shells expand.
    void check_tilde(const Node& node, std::string_view path);
    /// A path whose last part can be the name of a file.
    const std::string* file_path(const Node& node);

    template <class Value>
    void choice(const Node& node, Value& target, std::initializer_list<Choice<Value>> choices, std::string_view or_else = {}) {
        const auto* word = std::get_if<std::string>(&node.value);
        std::vector<std::string_view> words;
        for (const auto& [known, value] : choices) {
            words.push_back(known);
            if (word == nullptr || *word != known) continue;
            target = value;
            return;
        }
        no_choice(node, words, or_else);
    }

    [[nodiscard]] Findings& findings() { return findings_; }
    /// What a relative path in the node is relative to: the folder of its file.
    [[nodiscard]] const std::string& folder(const Node& node) const { return findings_.sources().at(node.offset).folder; }

private:
    void no_choice(const Node& node, std::span<const std::string_view> words, std::string_view or_else);

    Findings& findings_;
    std::string home_;
};

/// Any number; nothing for what is none.
[[nodiscard]] std::optional<double> as_number(const Node& node);

/// The first member of that key.
[[nodiscard]] const Member* find_member(const Node::Object& object, std::string_view key);

}   // namespace talos::config
