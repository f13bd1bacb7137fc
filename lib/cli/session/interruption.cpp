#include "cli/session/interruption.hpp"
#include "cli/command_line/exit_code.hpp"
#include <csignal>
#include <string_view>
#include <unistd.h>

namespace talos::cli {

namespace {

constexpr std::string_view words = "talosctl: interrupted; talosd continues to stop, see `talosctl status`\n";
constexpr std::string_view document = "{\"error\":\"interrupted; talosd continues to stop, see `talosctl status`\"}\n";

volatile std::sig_atomic_t with_document = 0;

// Only system calls: the handler may interrupt any code.
extern "C" void end_with_words(int signal) {
    auto written = ::write(STDERR_FILENO, words.data(), words.size());
    if (with_document != 0) written = ::write(STDOUT_FILENO, document.data(), document.size());
    static_cast<void>(written);
    ::_exit(exit_code::interrupted_by(signal));
}

}   // namespace

void report_interruptions(bool json) {
    with_document = json ? 1 : 0;
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action {};
        if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
        action = {};
        action.sa_handler = end_with_words;
        sigemptyset(&action.sa_mask);
        (void)::sigaction(number, &action, nullptr);
    }
}

}   // namespace talos::cli
