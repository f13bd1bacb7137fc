#include "daemon/recovery.hpp"

#include "client/survivors.hpp"
#include "core/signal_name.hpp"
#include "posix/processes/signals.hpp"
#include "state/leftovers.hpp"
#include <csignal>
#include <unistd.h>

namespace talos::daemon {

namespace {

std::string processes(std::size_t count) { return std::to_string(count) + (count == 1 ? " process" : " processes"); }

void write_down(state::Journal& journal, const std::string& worker, const std::string& reason) {
    state::JournalEntry entry;
    entry.at = stamp_now().wall;
    entry.worker = worker;
    entry.cause = "recovery";
    entry.reason = reason;
    (void)journal.append(entry);
}

}   // namespace

Result<> end_leftovers(const state::DataDirectory& files, turn::Observer& observer, ReadyPipe& ready, state::Journal& journal,
                       EarlySignals& signals) {
    const auto left = state::read_left_status(files);
    if (!left) return left.error();
    const auto& document = *left;
    if (!document) {
        if (::access(files.status_file().c_str(), F_OK) == 0)
            observer.message(turn::Level::warning,
                             files.status_file() +
                                 " is not a valid status document: processes of the last talosd may still be running");
        return {};
    }
    std::size_t count = 0;
    client::SurvivorSearch search(*document);
    for (const auto& one : search.find()) count += one.processes.size();
    const auto report_unread = [&](const std::string& unread) {
        if (!unread.empty()) observer.message(turn::Level::warning, unread);
    };
    report_unread(search.take_unread());
    if (count == 0) {
        client::remove_left_cgroups(*document);
        return {};
    }
    const std::string who = "the last talosd (pid " + std::to_string(document->head.identity.pid) + ") was killed; ending " +
                            processes(count) + " that it left";
    observer.message(turn::Level::warning, who);
    ready.progress(who);
    const auto report = [&](const client::SurvivorEvent& event) {
        if (event.what == client::SurvivorEvent::What::unread) return report_unread(event.worker);
        const bool ended = event.what == client::SurvivorEvent::What::gone;
        const std::string name = event.worker.empty() ? "unowned" : event.worker;
        const std::string text = name + ": " +
                                 (ended ? processes(event.processes) + " of the last run ended"
                                        : signal_name(event.signal) + " to " + processes(event.processes));
        if (ended || event.signal == SIGKILL) write_down(journal, event.worker, text);
        observer.message(event.signal == SIGKILL ? turn::Level::warning : turn::Level::info, text);
        ready.progress(text);
    };
    // If this fails, the stop plans cannot be interrupted by a signal. That does not prevent the start.
    const auto pending = posix::watch_pending_signals();
    const auto lost = [&] {
        const bool first = signals.stop() == 0;
        signals.take();
        if (first && signals.stop() != 0)
            observer.message(turn::Level::info,
                             signal_name(signals.stop()) + ": stopping once they have ended; again: SIGKILL now");
        return signals.again();
    };
    if (client::end_survivors(search, document->head.stop_timeout, report, {pending ? pending->get() : -1, lost})) return {};
    return refused("processes of the last talosd are still running after SIGKILL; `talosctl status` lists them");
}

}   // namespace talos::daemon
