#pragma once
#include "config/document/error.hpp"
#include "config/model/host_system.hpp"
#include "config/model/model.hpp"
#include "core/result.hpp"
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace talos::config {

/// The maximum number of workers in a config, including instances.
inline constexpr std::size_t most_workers = 10'000;

struct Parsed {
    Config config;                 ///< meaningful only without errors
    std::vector<Error> errors;     ///< one syntax error, or all semantic errors in the order of the text
    std::vector<Error> warnings;   ///< settings without effect or that cannot work on this machine; the config is usable
};

/// Parses and validates `text` as the file `path` (absolute; not opened). The text is JSON with `//` and `/* */` comments,
/// trailing commas and an optional BOM; at most 16 MiB and 64 levels. Files and accounts are accessed through `host` only.
[[nodiscard]] Parsed parse(std::string_view text, const std::string& path, const HostSystem& host = {});

/// The reason why this config cannot be used with `data_dir` (which may come from a flag or the environment): an access list has
/// no effect if the socket is in the data directory, which is closed to other users. nullopt if it can be used. Without a data
/// directory, only part of this can be checked.
[[nodiscard]] std::optional<std::string> access_complaint(const Config& config, const std::string& data_dir);

/// The reason why a worker from index `first` on cannot write its log: an earlier worker or talosd uses the file. nullopt if all
/// can. The parsed config has already passed this check.
[[nodiscard]] std::optional<std::string> log_complaint(const Config& config, std::size_t first);

}   // namespace talos::config
