#include "config/keys/show_writer.hpp"

#include "config/document/expand.hpp"
#include "core/text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace talos::config {

std::string text(std::string_view value) {
    const std::string valid = valid_utf8(value);
    return escaped_json(boost::json::serialize(boost::json::string(valid.data(), valid.size())));
}

std::string list(const std::vector<std::string>& words) {
    std::string out = "[";
    for (const auto& each : words) {
        if (out.size() > 1) out += ", ";
        out += text(each);
    }
    return out + "]";
}

std::string plain(std::string_view value) { return text(unexpanded(value)); }

std::string plain(const std::vector<std::string>& words) {
    auto escaped = words;
    for (auto& word : escaped) word = unexpanded(word);
    return list(escaped);
}

}   // namespace talos::config
