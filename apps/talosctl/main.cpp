#include "cli/command_line/parse_command_line.hpp"
#include "cli/session/pager.hpp"
#include "cli/verbs/run.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/spawn/inherited.hpp"
#include "terminal/width.hpp"
#include <csignal>
#include <cstdio>
#include <exception>
#include <unistd.h>

int main(int argc, char** argv) {
    using namespace talos;
    posix::take_over_command();
    // A closed reader then appears as EPIPE on the write.
    (void)std::signal(SIGPIPE, SIG_IGN);
    if (const auto filled = posix::fill_standard_descriptors(); !filled) return 1;
    try {
        auto parsed = cli::parse_command_line(argc, argv);
        if (auto* line = std::get_if<cli::CommandLine>(&parsed)) return cli::run(std::move(*line));
        const auto& end = std::get<cli::EarlyEnd>(parsed);
        if (end.paged) return cli::show_paged(end.out);
        (void)posix::write_all(STDERR_FILENO, terminal::harmless_lines(end.error, false), "standard error");
        const auto written = posix::write_all(STDOUT_FILENO, end.out, "standard output");
        return written || written.error().errno_value() == EPIPE ? end.code : 1;
    } catch (const std::exception& bug) {
        std::fprintf(stderr, "talosctl: internal error: %s\n", bug.what());
        return 1;
    }
}
