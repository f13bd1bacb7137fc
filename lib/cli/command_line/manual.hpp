#pragma once
#include <span>
#include <string_view>

/// The pages of config/man as plain text, compiled in so that `talosctl help` can show them without man(1).
namespace talos::cli {

struct ManualPage {
    std::string_view name;   ///< without the section: `talosd`, `talos.json`, `talos-api`
    std::string_view text;   ///< lines of at most 80 columns, except in examples
};

/// Generated from config/man by scripts/manual.
[[nodiscard]] std::span<const ManualPage> manual_pages();

/// Finds a page by name. The name may include the section (`talosd(8)`, `talosd.8`) and omit `talos-` or `talos.` (`api`,
/// `json`). nullptr if there is no such page.
[[nodiscard]] const ManualPage* find_page(std::string_view name);

}   // namespace talos::cli
