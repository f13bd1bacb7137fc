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

/// What every verb gets: the global options and the two ways to speak. A verb returns the exit code.
class Context {
public:
    explicit Context(GlobalOptions options);

    [[nodiscard]] const GlobalOptions& options() const { return options_; }
    [[nodiscard]] bool json() const { return options_.json; }
    [[nodiscard]] bool color() const { return color_; }
    [[nodiscard]] bool terminal() const { return terminal_; }   ///< stdout is one
    /// Width for tables; 0, unlimited, when stdout is no terminal.
    [[nodiscard]] std::size_t columns() const;

    Output out;

    /// One JSON document as one line of stdout.
    void document(const boost::json::value& value);
    /// Lines for standard output, without control characters but tabs.
    void say(std::string_view lines);

    /// A line on stderr, at once: `talosctl: SENTENCE`.
    void note(std::string_view sentence) const;

    /// Whole lines on stderr, as they are: what a compiler would print.
    void raw_error(std::string_view lines) const;

    /// Says what failed, on stderr and, with --json, as {"error": ...}; returns `code`.
    int fail(int code, std::string_view sentence);
    /// The same for a failed call: exit code 4 when permission is missing, else `code`; `next` says what to do about it.
    int fail(int code, const Failure& failure, std::string_view next = {});

    /// The daemon that is meant; fails when its data directory cannot be known because the config cannot be read.
    [[nodiscard]] Result<client::DaemonManager> manager() const;

    /// Writes what is left and gives main its exit code: `code`, or 1 when stdout could not be written.
    [[nodiscard]] int finish(int code);

private:
    GlobalOptions options_;
    bool terminal_;
    bool color_;
};

/// `no config found; looked for ...`
[[nodiscard]] std::string no_config_sentence(const DaemonLocation& location);

/// Says on stderr what former_data_sentence() says, for verbs that found no talosd.
void note_former_data(const Context& context);

/// Why the files of this data directory, logs and history included, are not read: others than this user could have made them, or links
/// in their place; with what to do. Nothing when they may be read.
[[nodiscard]] std::optional<std::string> closed_directory(const client::DaemonManager& manager);

/// The sentence for a daemon that cannot be judged, with what to do.
[[nodiscard]] std::string unknown_sentence(const client::Probe& probe);

}   // namespace talos::cli
