#include "cli/session/daemon_watch.hpp"
#include <sys/inotify.h>

namespace talos::cli {

namespace {

constexpr std::uint32_t entries_mask = IN_CREATE | IN_MOVED_TO | IN_DELETE;

}   // namespace

DaemonWatch::DaemonWatch(Inotify inotify, const state::DataDirectory& files)
    : inotify_(std::make_unique<Inotify>(std::move(inotify))), directory_(*inotify_, files.path(), entries_mask) {}

Result<DaemonWatch> DaemonWatch::create(const state::DataDirectory& files) {
    auto inotify = Inotify::create();
    if (!inotify) return inotify.error();
    return DaemonWatch{std::move(*inotify), files};
}

Result<client::Probe> DaemonWatch::probe(const client::DaemonManager& manager) {
    if (const auto armed = directory_.arm(); !armed) return armed.error();
    auto probe = manager.probe_settled();
    follow(probe);
    return probe;
}

void DaemonWatch::follow(const client::Probe& probe) {
    if (probe.state != client::Probe::State::running) {
        process_.reset();
        followed_ = {};
        return;
    }
    const auto& identity = probe.document->head.identity;
    if (process_ && followed_ == identity) return;
    auto process = posix::open_process(identity);
    // It exited after the check. The next check reports that; the removal of its files or the missing descriptor wakes the
    // caller.
    process_ = process ? std::move(*process) : posix::UniqueFd{};
    followed_ = identity;
}

bool DaemonWatch::relevant(const Change& change) const {
    if ((change.mask & IN_Q_OVERFLOW) != 0) return true;
    if (!directory_.concerns(change)) return false;
    return !directory_.exact() || change.name.empty() || change.name == "status.json" || change.name == "daemon.pid";
}

DaemonWatch::What DaemonWatch::wait(std::optional<SteadyTime> deadline, int other, int output) {
    for (;;) {
        const auto woken = wait_for({inotify_->fd(), process_.get(), other}, deadline, output);
        if (woken.reader_gone) return What::reader_gone;
        bool changed = false;
        if ((woken.readable & 1u) != 0)
            for (const auto& change : inotify_->read()) changed = changed || relevant(change);
        if ((woken.readable & 2u) != 0) {
            process_.reset();   // otherwise readable from here on
            changed = true;
        }
        if (changed) return What::changed;
        if ((woken.readable & 4u) != 0) return What::other;
        if (woken.readable == 0) return What::time;
    }
}

}   // namespace talos::cli
