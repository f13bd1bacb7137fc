#pragma once
#include "config/document/document.hpp"
#include <deque>
#include <string>
#include <string_view>

namespace talos::config {

/// One of the files of a config.
struct Source {
    std::string path;       ///< absolute
    std::string folder;     ///< directory of `path`, the base for relative paths in the file
    std::string text;       ///< without a byte order mark
    std::size_t base = 0;   ///< global offset of its first byte
    Node root;              ///< for JSON files
};

/// The files of a config, starting with the config itself. Offsets are global across all files: one number identifies a position,
/// and a value that is copied from another file keeps its position.
class Sources {
public:
    /// References remain valid.
    Source& add(std::string path, std::string_view text);

    /// The file that contains the position.
    [[nodiscard]] const Source& at(std::size_t offset) const;
    [[nodiscard]] const Source& first() const { return files_.front(); }
    /// The name of a file for display: relative to the config's directory if it is in it.
    [[nodiscard]] std::string name(const std::string& path) const;

private:
    std::deque<Source> files_;
};

/// Adds `by` to all offsets in a tree.
void shift(Node& root, std::size_t by);

}   // namespace talos::config
