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

/// Typed reading of nodes. What does not fit is a finding and leaves the target as it was.
class Reader {
public:
    /// `home`: of the user that talosd runs as, for suggestions; may be empty.
    explicit Reader(Findings& findings, std::string home = {}) : findings_(findings), home_(std::move(home)) {}

    /// Hands each member to its field; an unknown key is a finding. Nothing when the node is no object.
    const Node::Object* fields(const Node& node, std::initializer_list<Field> known) {
        return fields(node, std::span(known.begin(), known.size()));
    }
    const Node::Object* fields(const Node& node, std::span<const Field> known);
    /// What to say of an unknown key, given what it may have been meant as (empty: nothing).
    using Hint = std::function<std::string(const Member&, std::string meant)>;
    /// The finding about a key that is none of the known ones. Without a hint it says what the key may have been meant as.
    void unknown_key(const Member& member, std::span<const std::string_view> known, const Hint& hint = {});
    const Node::Object* object(const Node& node);
    const Node::Array* array(const Node& node, std::string_view expectation);

    void boolean(const Node& node, bool& target);
    void duration(const Node& node, Millis& target, Millis least = Millis{0});
    void size(const Node& node, std::uint64_t& target, std::uint64_t least,
              std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    void number(const Node& node, double& target, double least, double most, std::string_view expectation);
    /// A whole number in that range; nothing with a finding.
    [[nodiscard]] std::optional<std::int64_t> integer(const Node& node, std::int64_t least, std::int64_t most);
    void signal(const Node& node, int& target);
    /// Any string; `what` names it in the finding.
    const std::string* text(const Node& node, std::string_view what = "a string");
    /// A string that is not empty.
    const std::string* path(const Node& node);
    /// A finding when the path begins with `~`, which only shells expand.
    void check_tilde(const Node& node, std::string_view path);
    /// A path whose last part can be the name of a file.
    const std::string* file_path(const Node& node);

    /// The index of the word that stands there; nothing with a finding. `or_else` names what else is possible, for the finding.
    [[nodiscard]] std::optional<std::size_t> word(const Node& node, std::span<const std::string_view> words,
                                                  std::string_view or_else = {});

    [[nodiscard]] Findings& findings() { return findings_; }
    /// What a relative path in the node is relative to: the folder of its file.
    [[nodiscard]] const std::string& folder(const Node& node) const { return findings_.sources().at(node.offset).folder; }

private:
    Findings& findings_;
    std::string home_;
};

/// Any number; nothing for what is none.
[[nodiscard]] std::optional<double> as_number(const Node& node);

/// The first member of that key.
[[nodiscard]] const Member* find_member(const Node::Object& object, std::string_view key);

}   // namespace talos::config
