#include "config/load/include.hpp"

#include "config/document/locate.hpp"
#include "config/json/read_document.hpp"

#include <algorithm>

namespace talos::config {
namespace {

constexpr std::string_view pattern_characters = "*?[";

/// Escapes the path of a directory for use in a pattern.
std::string escaped(const std::string& path) {
    std::string pattern;
    for (const char c : path) {
        if (c == '\\' || pattern_characters.find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

}   // namespace

std::vector<const Node*> Includes::read(std::string_view text, const std::string& path) {
    known_.insert(path);
    add(path, text);
    if (!sound_) trees_.clear();
    return std::move(trees_);
}

void Includes::add(const std::string& path, std::string_view text) {
    auto& source = sources_.add(path, text);
    auto document = read_document(source.text);
    if (document.error) return fail(source.base + document.error->offset, document.error->message);
    source.root = std::move(document.root);
    if (source.base > 0) shift(source.root, source.base);
    check_everywhere(source.root, reader_.findings());
    trees_.push_back(&source.root);
    const auto* keys = std::get_if<Node::Object>(&source.root.value);
    const auto* include = keys != nullptr ? find_member(*keys, "include") : nullptr;
    if (include == nullptr) return;
    chain_.push_back(path);
    follow(include->value);
    chain_.pop_back();
}

void Includes::follow(const Node& include) {
    if (std::holds_alternative<std::string>(include.value)) return follow_entry(include);
    const auto* entries = reader_.array(include, "a path, a pattern like \"conf.d/*.json\", or an array of them");
    if (entries == nullptr) return;
    for (const auto& entry : *entries) follow_entry(entry);
}

void Includes::follow_entry(const Node& entry) {
    const auto* word = reader_.file_path(entry);
    if (word == nullptr) return;
    for (const auto& path : named_by(entry, *word)) include(entry, path);
}

/// In the order in which they are read.
std::vector<std::string> Includes::named_by(const Node& entry, const std::string& word) {
    const auto& folder = sources_.at(entry.offset).folder;
    if (word.find_first_of(pattern_characters) == std::string::npos) return {absolute_path(word, folder)};
    auto found = host_.glob(absolute_path(word, escaped(folder)));
    if (!found) {
        fail(entry.offset, found.error().message());
        return {};
    }
    for (auto& path : *found) path = absolute_path(path, "/");
    std::sort(found->begin(), found->end());
    return std::move(*found);
}

void Includes::include(const Node& entry, const std::string& path) {
    if (std::find(chain_.begin(), chain_.end(), path) != chain_.end())
        return fail(entry.offset, "a file includes itself: " + chain_to(path));
    if (chain_.size() >= deepest)
        return fail(entry.offset, "files include each other more than " + std::to_string(deepest) + " deep");
    if (full_ || !known_.insert(path).second) return;
    const auto text = host_.read_file(path);
    if (!text) return fail(entry.offset, text.error().message());
    bytes_ += text->size();
    full_ = known_.size() > most_files || bytes_ > most_bytes;
    if (full_) {
        return fail(entry.offset, "with " + sources_.name(path) + " the config has more than " + std::to_string(most_files) +
                                      " files or more than " + std::to_string(most_bytes >> 20) + " MiB");
    }
    add(path, *text);
}

void Includes::fail(std::size_t offset, std::string message) {
    reader_.findings().add(offset, std::move(message));
    sound_ = false;
}

std::string Includes::chain_to(const std::string& path) const {
    std::string chain;
    for (auto at = std::find(chain_.begin(), chain_.end(), path); at != chain_.end(); ++at)
        chain.append(sources_.name(*at)).append(" → ");
    return chain + sources_.name(path);
}

}   // namespace talos::config
