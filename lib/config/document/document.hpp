// config/document: The text of a config as a tree that records the position of each value, and findings at these positions.
// This room reads no format: config/json builds the tree.
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

/// A JSON value with its position. Offsets are bytes into the parsed text; no two values or keys share one.
struct Node {
    using Array = std::vector<Node>;
    using Object = std::vector<Member>;   ///< in the order of the text; a repeated key appears again
    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>
        value;   ///< integers beyond int64 are stored as double
    std::size_t offset = 0;
};

struct Member {
    std::string key;
    std::size_t offset = 0;   ///< of the key
    Node value;
};

/// The first position at which the text is not valid JSON.
struct SyntaxError {
    std::size_t offset = 0;
    std::string message;
};

struct Document {
    Node root;
    std::optional<SyntaxError> error;   ///< if set, the root is meaningless
};

/// The JSON pointer (RFC 6901) of the value or key at `offset`.
[[nodiscard]] std::string pointer_to(const Node& root, std::size_t offset);

/// The offset of the value at `pointer` (plain keys, no `~` escapes), or of its nearest existing ancestor.
[[nodiscard]] std::size_t offset_at(const Node& root, std::string_view pointer);

}   // namespace talos::config
