#pragma once
#include "cli/command_line/options.hpp"
#include "cli/session/daemon_location.hpp"
#include "cli/session/output.hpp"
#include "client/daemon_manager.hpp"
#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace talos::cli {

/// What every verb receives: the global options, and the two output streams. A verb returns the exit code.
class Context {
public:
    explicit Context(GlobalOptions options);

    [[nodiscard]] const GlobalOptions& options() const { return options_; }
    [[nodiscard]] bool json() const { return options_.json; }
    [[nodiscard]] bool color() const { return color_; }
    [[nodiscard]] bool terminal() const { return terminal_; }   ///< whether stdout is a terminal
    /// Width for tables; 0, unlimited, if stdout is not a terminal.
    [[nodiscard]] std::size_t columns() const;

    Output out;

    /// One JSON document as one line on stdout.
    void document(const boost::json::value& value);
    /// Lines for stdout. Control characters other than tabs are removed.
    void say(std::string_view lines);

    /// A line on stderr, written immediately: `talosctl: SENTENCE`.
    void note(std::string_view sentence) const;

    /// Complete lines on stderr without a prefix, in the format of compiler messages.
    void raw_error(std::string_view lines) const;

    /// Reports a failure on stderr and, with --json, as {"error": ...}; returns `code`.
    int fail(int code, std::string_view sentence);
    /// The same for a failed system call: exit code 4 if permission is missing, else `code`. `next` states what to do.
    int fail(int code, const Failure& failure, std::string_view next = {});

    /// The selected daemon. Fails if its data directory is unknown because the config cannot be read.
    [[nodiscard]] Result<client::DaemonManager> manager() const;

    /// Writes the remaining output and returns the exit code for main: `code`, or 1 if stdout could not be written.
    [[nodiscard]] int finish(int code);

private:
    GlobalOptions options_;
    bool terminal_;
    bool color_;
};

/// `no config found; tried ...`
[[nodiscard]] std::string no_config_sentence(const DaemonLocation& location);

/// Prints former_data_sentence() on stderr, for verbs that found no talosd.
void note_former_data(const Context& context);

/// Why the files of this data directory, logs and history included, are not read, and what to do: other users could have created
/// or replaced them. nullopt if they may be read.
[[nodiscard]] std::optional<std::string> closed_directory(const client::DaemonManager& manager);

/// The message for a daemon whose state cannot be determined, with what to do.
[[nodiscard]] std::string unknown_sentence(const client::Probe& probe);

}   // namespace talos::cli
