#pragma once
#include "core/result.hpp"
#include "daemon/status_document.hpp"
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace talos::daemon {

/// The indices of the names that the words (names, globs, `all`) mean, in the names' order, each once; all of them for no words.
/// The failure is the sentence for a word that means nobody: `no worker "wbe"; did you mean "web"?`
[[nodiscard]] Result<std::vector<std::size_t>> select(std::span<const std::string> names, const std::vector<std::string>& words);

[[nodiscard]] std::vector<std::string> names_of(const StatusDocument& document);

}  // namespace talos::daemon
