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

/// A config has at most so many workers, instances included.
inline constexpr std::size_t most_workers = 10'000;

struct Parsed {
    Config config;                 ///< meaningful only without errors
    std::vector<Error> errors;     ///< a syntax error alone, or every semantic one, in the text's order
    std::vector<Error> warnings;   ///< what has no effect or cannot work on this machine; the config can be used
};

/// Parses and validates `text` as the file `path` (absolute; it is not opened). The text is JSON with `//` and `/* */` comments,
/// trailing commas and an optional BOM; at most 16 MiB and 64 levels deep. What it names is reached through `around` alone.
[[nodiscard]] Parsed parse(std::string_view text, const std::string& path, const HostSystem& host = {});

/// An access list opens nothing when its socket lies in `data_dir`, which is closed to others: why the config cannot be used with that
/// data directory (which a flag or the environment may have named), or nothing. Without a data directory only what can be told.
[[nodiscard]] std::optional<std::string> access_complaint(const Config& config, const std::string& data_dir);

/// Why a worker from that one on cannot write its log: one before it, or talosd, has the file; nothing when all can. What was parsed has
/// been checked.
[[nodiscard]] std::optional<std::string> log_complaint(const Config& config, std::size_t first);

}   // namespace talos::config
