#include "system/talos/hook_file.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace json = boost::json;

namespace talos::test {

std::string hooks(const std::vector<HookScript>& scripts) {
    json::object all;
    for (const auto& [name, script, timeout] : scripts)
        all[name] = json::object{{"command", {"sh", "-c", script}}, {"timeout", timeout}};
    return "\"hooks\": " + json::serialize(all);
}

bool in_order(const std::string& text, const std::vector<std::string>& parts) {
    std::size_t at = 0;
    for (const auto& part : parts) {
        at = text.find(part, at);
        if (at == std::string::npos) return false;
        at += part.size();
    }
    return true;
}

}   // namespace talos::test
