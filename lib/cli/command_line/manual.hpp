#pragma once
#include <span>
#include <string_view>

/// The pages of config/man as plain text, compiled in, so that `talosctl help` shows them on a machine without man(1).
namespace talos::cli {

struct ManualPage {
    std::string_view name;   ///< without the section: `talosd`, `talos.json`, `talos-api`
    std::string_view text;   ///< lines of at most 80 columns, except in examples
};

/// Generated from config/man by scripts/manual.
[[nodiscard]] std::span<const ManualPage> manual_pages();

/// The page of that name, which may have its section (`talosd(8)`, `talosd.8`) and go without its `talos-` or `talos.` (`api`, `json`).
/// Null when there is none.
[[nodiscard]] const ManualPage* find_page(std::string_view name);

}   // namespace talos::cli
