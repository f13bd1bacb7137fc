#include "cli/session/progress.hpp"
#include "posix/files/file.hpp"
#include "terminal/style.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <unistd.h>

namespace talos::cli {

std::string progress_line(const std::map<std::string, WorkerResult>& results, std::size_t columns) {
    std::string waiting;
    std::size_t done = 0;
    for (const auto& [name, result] : results) {
        if (result.what != WorkerResult::What::pending) {
            ++done;
            continue;
        }
        waiting.append(waiting.empty() ? "" : "; ").append(name).append(": ").append(state_text(result));
    }
    if (waiting.empty()) return {};
    std::string line;
    if (results.size() > 1) line = std::to_string(done) + " of " + std::to_string(results.size()) + " done; ";
    return terminal::fit(terminal::harmless(line + waiting, false), columns);
}

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::update(WorkerResult result) {
    if (!terminal_) return;
    auto name = result.worker;
    results_.insert_or_assign(std::move(name), std::move(result));
    // A completely filled line would wrap.
    const auto columns = std::max<std::size_t>(terminal::terminal_columns(STDERR_FILENO), 20) - 1;
    const auto line = progress_line(results_, columns);
    if (line == shown_) return;
    shown_ = line;
    (void)posix::write_all(STDERR_FILENO, "\r\x1b[K" + line, "standard error");
}

void Progress::clear() {
    if (shown_.empty()) return;
    shown_.clear();
    (void)posix::write_all(STDERR_FILENO, "\r\x1b[K", "standard error");
}

}   // namespace talos::cli
