#pragma once
#include "core/result.hpp"
#include "daemon/status_document.hpp"
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace talos::daemon {

/// How a worker can be called.
struct Named {
    std::string name;
    std::string group = {};   ///< that it is an instance of; empty: of none
};

/// The indices of the workers that the words (names, those of groups for their instances, globs over names, `all`) mean, in the
/// workers' order, each once; all of them for no words.
/// The failure is the sentence for a word that means nobody: `no worker "wbe"; did you mean "web"?`
[[nodiscard]] Result<std::vector<std::size_t>> select(std::span<const Named> workers, const std::vector<std::string>& words);

[[nodiscard]] std::vector<Named> names_of(const StatusDocument& document);
[[nodiscard]] std::vector<Named> names_of(const config::Config& config);

}  // namespace talos::daemon
