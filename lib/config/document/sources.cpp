#include "config/document/sources.hpp"

#include "config/document/locate.hpp"
#include "config/document/scanner.hpp"

#include <algorithm>

namespace talos::config {

Source& Sources::add(std::string path, std::string_view text) {
    // One position more than the file has bytes, because some findings refer to its end.
    const std::size_t base = files_.empty() ? 0 : files_.back().base + files_.back().text.size() + 1;
    Source& source = files_.emplace_back();
    source.folder = absolute_path("..", path);
    source.path = std::move(path);
    source.text = without_bom(text);
    source.base = base;
    source.root.offset = base;
    return source;
}

const Source& Sources::at(std::size_t offset) const {
    const auto after = std::upper_bound(files_.begin(), files_.end(), offset,
                                        [](std::size_t wanted, const Source& source) { return wanted < source.base; });
    return after == files_.begin() ? files_.front() : *std::prev(after);
}

std::string Sources::name(const std::string& path) const {
    const auto& folder = first().folder;
    return lies_in(path, folder) ? path.substr(folder == "/" ? 1 : folder.size() + 1) : path;
}

void shift(Node& root, std::size_t by) {
    root.offset += by;
    if (auto* array = std::get_if<Node::Array>(&root.value)) {
        for (auto& element : *array) shift(element, by);
    }
    if (auto* object = std::get_if<Node::Object>(&root.value)) {
        for (auto& member : *object) {
            member.offset += by;
            shift(member.value, by);
        }
    }
}

}   // namespace talos::config
