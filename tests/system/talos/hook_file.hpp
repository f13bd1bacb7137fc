#pragma once
#include <string>
#include <vector>

namespace talos::test {

/// `"hooks": {"preStart": {"command": ["sh", "-c", SCRIPT], "timeout": TIMEOUT}, …}`, for a worker of a config.
struct HookScript {
    std::string name;
    std::string script;
    std::string timeout = "30s";
};
[[nodiscard]] std::string hooks(const std::vector<HookScript>& scripts);

/// Whether the parts stand in the text one after another.
[[nodiscard]] bool in_order(const std::string& text, const std::vector<std::string>& parts);

/// `trap ''` for what can be ignored, and then for ever.
inline constexpr const char* deaf_for_ever = "trap '' TERM INT HUP; while :; do sleep 1; done";

}   // namespace talos::test
