#include "config/document/document.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace talos::config {
namespace {

const Member* member_at(const Node::Object& object, std::size_t offset) {
    const auto after = std::upper_bound(object.begin(), object.end(), offset,
                                        [](std::size_t wanted, const Member& member) { return wanted < member.offset; });
    return after == object.begin() ? nullptr : &*std::prev(after);
}

const Node* element_at(const Node::Array& array, std::size_t offset) {
    const auto after = std::upper_bound(array.begin(), array.end(), offset,
                                        [](std::size_t wanted, const Node& node) { return wanted < node.offset; });
    return after == array.begin() ? nullptr : &*std::prev(after);
}

void append_key(std::string& pointer, std::string_view key) {
    pointer += '/';
    for (const char c : key) {
        if (c == '~') pointer += "~0";
        else if (c == '/') pointer += "~1";
        else pointer += c;
    }
}

}   // namespace

std::string pointer_to(const Node& root, std::size_t offset) {
    std::string pointer;
    const Node* node = &root;
    while (node != nullptr && node->offset != offset) {
        if (const auto* object = std::get_if<Node::Object>(&node->value)) {
            const Member* member = member_at(*object, offset);
            if (member == nullptr) break;
            append_key(pointer, member->key);
            node = offset < member->value.offset ? nullptr : &member->value;   // nullptr: the offset is that of the key
        } else if (const auto* array = std::get_if<Node::Array>(&node->value)) {
            const Node* element = element_at(*array, offset);
            if (element != nullptr) append_key(pointer, std::to_string(element - array->data()));
            node = element;
        } else {
            break;
        }
    }
    return pointer;
}

std::size_t offset_at(const Node& root, std::string_view pointer) {
    const Node* node = &root;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto key = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(key.size());
        const Node* next = nullptr;
        if (const auto* object = std::get_if<Node::Object>(&node->value)) {
            const auto found =
                std::find_if(object->begin(), object->end(), [&](const Member& member) { return member.key == key; });
            if (found != object->end()) next = &found->value;
        } else if (const auto* array = std::get_if<Node::Array>(&node->value)) {
            std::size_t index = 0;
            const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
            if (error == std::errc{} && end == key.data() + key.size() && index < array->size()) next = &(*array)[index];
        }
        if (next == nullptr) break;
        node = next;
    }
    return node->offset;
}

}   // namespace talos::config
