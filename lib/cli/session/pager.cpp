#include "cli/session/pager.hpp"
#include "cli/command_line/exit_code.hpp"
#include "posix/files/file.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace talos::cli {

namespace {

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

/// Makes `text` the standard input. It is in a memory file: the pager can seek, and no process has to write it.
bool becomes_input(std::string_view text) {
    const posix::UniqueFd file{::memfd_create("talos-page", MFD_CLOEXEC)};
    if (file.get() < 0 || !posix::write_all(file.get(), text, "page")) return false;
    return ::lseek(file.get(), 0, SEEK_SET) == 0 && ::dup2(file.get(), STDIN_FILENO) == STDIN_FILENO;
}

/// Returns only if no pager can be executed.
void become_pager(std::string_view text) {
    const auto wanted = variable("PAGER");
    if (variable("TERM") == "dumb" || wanted == "" || wanted == "cat") return;
    if (!becomes_input(text)) return;
    // The settings of git: a short page exits at once, colours are kept, and the screen is not cleared.
    (void)::setenv("LESS", "FRX", 0);
    (void)std::signal(SIGPIPE, SIG_DFL);
    if (wanted) ::execl("/bin/sh", "sh", "-c", wanted->c_str(), nullptr);
    else ::execlp("less", "less", nullptr);
    (void)std::signal(SIGPIPE, SIG_IGN);
}

}   // namespace

int show_paged(std::string_view text) {
    if (::isatty(STDOUT_FILENO) == 1) become_pager(text);
    const auto written = posix::write_all(STDOUT_FILENO, text, "standard output");
    return written || written.error().errno_value() == EPIPE ? exit_code::ok : exit_code::failed;
}

}   // namespace talos::cli
