#pragma once
#include "config/document/document.hpp"
#include <deque>
#include <string>
#include <string_view>

namespace talos::config {

/// One of the files that a config is made of.
struct Source {
    std::string path;       ///< absolute
    std::string folder;     ///< the path's: what relative paths in it are relative to
    std::string text;       ///< without a byte order mark
    std::size_t base = 0;   ///< of its first byte
    Node root;              ///< of those that are JSON
};

/// The files that a config is made of, the config itself first. Offsets count through all of them: so a place is one number, and what
/// is taken over from another file keeps its place.
class Sources {
public:
    /// References stay good.
    Source& add(std::string path, std::string_view text);

    /// The file that the place is in.
    [[nodiscard]] const Source& at(std::size_t offset) const;
    [[nodiscard]] const Source& first() const { return files_.front(); }
    /// As it is named to people: relative to the config's folder when it is in there.
    [[nodiscard]] std::string name(const std::string& path) const;

private:
    std::deque<Source> files_;
};

/// Moves all places of a tree.
void shift(Node& root, std::size_t by);

}   // namespace talos::config
