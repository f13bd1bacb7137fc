// config/document: The text of a config as a tree that knows where each value stands, and findings at these places.
// No format is read here: config/json fills the tree.
// Begin with document.hpp and findings.hpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace talos::config {

struct Member;

/// A JSON value that knows where it stands. Offsets are bytes into the text that was read; no two values or keys share one.
struct Node {
    using Array = std::vector<Node>;
    using Object = std::vector<Member>;   ///< in the text's order; a repeated key appears again
    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>
        value;   ///< integers past int64 as double
    std::size_t offset = 0;
};

struct Member {
    std::string key;
    std::size_t offset = 0;   ///< of the key
    Node value;
};

/// The first place where the text is no JSON.
struct SyntaxError {
    std::size_t offset = 0;
    std::string message;
};

struct Document {
    Node root;
    std::optional<SyntaxError> error;   ///< then the root means nothing
};

/// The JSON pointer (RFC 6901) of the value or key that stands at `offset`.
[[nodiscard]] std::string pointer_to(const Node& root, std::size_t offset);

/// The place of the value that `pointer` names (plain keys, no `~` escapes), or of the last one on the way to it that is there.
[[nodiscard]] std::size_t offset_at(const Node& root, std::string_view pointer);

}   // namespace talos::config
