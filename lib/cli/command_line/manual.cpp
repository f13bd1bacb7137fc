#include "cli/command_line/manual.hpp"

namespace talos::cli {

namespace {

std::string_view without_section(std::string_view name) {
    if (name.size() > 3 && name.ends_with(')')) {
        const auto open = name.size() - 3;
        return name[open] == '(' ? name.substr(0, open) : name;
    }
    const bool numbered = name.size() > 2 && name[name.size() - 2] == '.' && name.back() >= '1' && name.back() <= '9';
    return numbered ? name.substr(0, name.size() - 2) : name;
}

}   // namespace

const ManualPage* find_page(std::string_view name) {
    constexpr std::string_view family = "talos";
    const auto word = without_section(name);
    for (const auto& page : manual_pages()) {
        if (page.name == word) return &page;
        const bool has_prefix = page.name.starts_with("talos-") || page.name.starts_with("talos.");
        if (has_prefix && page.name.substr(family.size() + 1) == word) return &page;
    }
    return nullptr;
}

}   // namespace talos::cli
