#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace talos::config {

/// A finding in a config or in a file that it names. Displayed as `talos.json:4:7: /workers/web/comand: unknown key; did you mean
/// "command"?`
struct Error {
    std::string file;         ///< relative to the config's directory, or absolute; empty: the config itself
    std::size_t line = 0;     ///< starts at 1
    std::size_t column = 0;   ///< starts at 1, in bytes
    std::string pointer;      ///< JSON pointer (RFC 6901); empty for a syntax error
    std::string message;
    friend bool operator==(const Error&, const Error&) = default;
};

/// `config` is the path of the config for display; other files are displayed relative to it.
[[nodiscard]] std::string to_text(const Error& error, std::string_view config);
/// The same, with `warning: ` before the message.
[[nodiscard]] std::string warning_text(const Error& warning, std::string_view config);
[[nodiscard]] std::string shown_file(const Error& error, std::string_view config);

}   // namespace talos::config
