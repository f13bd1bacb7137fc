#pragma once
#include <span>
#include <string_view>

namespace talos::reference {

/// What the reference says of a key beside what its row says.
struct Sentence {
    std::string_view section;
    std::string_view key;
    std::string_view meaning;         ///< Markdown, with backticks at most
    std::string_view type = {};       ///< Markdown, for a key without a codec
    std::string_view fallback = {};   ///< Markdown: the default where the row has none that the config can spell
};

[[nodiscard]] std::span<const Sentence> worker_sentences();
[[nodiscard]] std::span<const Sentence> section_sentences();

}   // namespace talos::reference
