#pragma once
#include "config/model.hpp"
#include "config/surroundings.hpp"
#include "core/result.hpp"
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace talos::config {

/// One finding in a config or in a file that it names. Rendered as `talos.json:4:7: /workers/web/comand: unknown key; did you mean "command"?`
struct Error {
    std::string file;         ///< relative to the config's folder, or absolute; empty: the config itself
    std::size_t line = 0;     ///< from 1
    std::size_t column = 0;   ///< from 1, in bytes
    std::string pointer;      ///< JSON pointer (RFC 6901); empty for a syntax error
    std::string message;
    friend bool operator==(const Error&, const Error&) = default;
};

/// `config`: the config's path as it is to be shown; other files are shown beside it.
[[nodiscard]] std::string to_text(const Error& error, std::string_view config);
/// The same with `warning: ` before the message.
[[nodiscard]] std::string warning_text(const Error& warning, std::string_view config);
[[nodiscard]] std::string shown_file(const Error& error, std::string_view config);

/// A config has at most so many workers, instances included.
inline constexpr std::size_t most_workers = 10'000;

struct Parsed {
    Config config;               ///< meaningful only without errors
    std::vector<Error> errors;   ///< a syntax error alone, or every semantic one, in the text's order
    std::vector<Error> warnings; ///< what has no effect or cannot work on this machine; the config can be used
};

/// Parses and validates `text` as the file `path` (absolute; it is not opened). The text is JSON with `//` and `/* */` comments,
/// trailing commas and an optional BOM; at most 16 MiB and 64 levels deep. What it names is reached through `around` alone.
[[nodiscard]] Parsed parse(std::string_view text, const std::string& path, const Surroundings& around = {});

/// An access list opens nothing when its socket lies in `data_dir`, which is closed to others: why the config cannot be used with that
/// data directory (which a flag or the environment may have named), or nothing. Without a data directory only what can be told.
[[nodiscard]] std::optional<std::string> access_complaint(const Config& config, const std::string& data_dir);

/// Why a worker from that one on cannot write its log: one before it, or talosd, has the file; nothing when all can. What was parsed has
/// been checked.
[[nodiscard]] std::optional<std::string> log_complaint(const Config& config, std::size_t first);

/// What talosctl needs to find a daemon: `dataDir` of the text, absolute, or empty when it is not there or not readable.
/// Never fails: whatever else is broken in the text must not keep anyone from stopping a daemon.
[[nodiscard]] std::string lenient_data_dir(std::string_view text, const std::string& path);
/// The same for `controlSocket`.
[[nodiscard]] std::string lenient_control_socket(std::string_view text, const std::string& path);

}  // namespace talos::config
