#include "cli/session/context.hpp"
#include "accounts/passwd.hpp"
#include "cli/command_line/exit_code.hpp"
#include "core/text.hpp"
#include "posix/files/file.hpp"
#include "terminal/style.hpp"
#include "terminal/width.hpp"
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <unistd.h>

namespace talos::cli {

namespace {

std::string as_that_user(uid_t owner) {
    const auto name = accounts::local_name(owner);
    return "; run it as that user: `sudo -u " + (name.empty() ? "'#" + std::to_string(owner) + "'" : name) + " talosctl ...`";
}

}   // namespace

Context::Context(GlobalOptions options)
    : out(STDOUT_FILENO), options_(std::move(options)), terminal_(::isatty(STDOUT_FILENO) == 1),
      color_(terminal::use_color(options_.color, STDOUT_FILENO)) {}

std::size_t Context::columns() const { return terminal_ ? terminal::terminal_columns(STDOUT_FILENO) : 0; }

void Context::document(const boost::json::value& value) {
    out.text.append(escaped_json(boost::json::serialize(value))).append("\n");
}

void Context::note(std::string_view sentence) const {
    std::string line = "talosctl: ";
    line.append(sentence).append("\n");
    raw_error(line);
}

void Context::say(std::string_view lines) { out.text += terminal::harmless_lines(lines, false); }

void Context::raw_error(std::string_view lines) const {
    // Nothing more can be done if stderr cannot be written.
    (void)posix::write_all(STDERR_FILENO, terminal::harmless_lines(lines, false), "standard error");
}

int Context::fail(int code, std::string_view sentence) {
    note(sentence);
    if (json()) document(boost::json::object{{"error", boost::json::string_view{sentence.data(), sentence.size()}}});
    return code;
}

int Context::fail(int code, const Failure& failure, std::string_view next) {
    const bool permission = failure.errno_value() == EACCES || failure.errno_value() == EPERM;
    std::string sentence = failure.message();
    if (!next.empty()) sentence.append("; ").append(next);
    return fail(permission ? exit_code::unknown : code, sentence);
}

Result<client::DaemonManager> Context::manager() const {
    auto location = locate(options_, Need::data_dir);
    if (location.config_failure && !location.data_dir_named) return *location.config_failure;
    return client::DaemonManager{std::move(location.data_dir)};
}

int Context::finish(int code) {
    out.flush();
    if (!out.failure()) return code;
    note(out.failure()->message());
    return code == exit_code::ok ? exit_code::failed : code;
}

std::string no_config_sentence(const DaemonLocation& location) {
    std::string sentence = "no config found; tried ";
    for (std::size_t i = 0; i < location.candidates.paths.size(); ++i)
        sentence.append(i == 0 ? "" : ", ").append(location.candidates.paths[i]);
    return sentence + "; create one there or name one with --config";
}

void note_former_data(const Context& context) {
    if (const auto sentence = former_data_sentence(locate(context.options(), Need::config))) context.note(*sentence);
}

std::string unknown_sentence(const client::Probe& probe) {
    if (probe.other_owner) return probe.reason + as_that_user(*probe.other_owner);
    if (probe.no_permission) return probe.reason + "; run talosctl as its owner";
    return probe.reason;
}

std::optional<std::string> closed_directory(const client::DaemonManager& manager) {
    const auto objection = manager.objection();
    if (!objection) return std::nullopt;
    const auto owner = manager.owner();
    return owner && *owner != ::geteuid() ? *objection + as_that_user(*owner) : *objection;
}

}   // namespace talos::cli
