#include "turn/signal_work.hpp"

#include <algorithm>
#include <chrono>

namespace talos::turn {

namespace {

constexpr std::size_t most_named = 10;

}   // namespace

void SignalWork::add_trees(std::span<const pid_t> children) {
    trees_.reserve(trees_.size() + children.size());
    for (const pid_t child : children) trees_.emplace_back(child, kernel_.signal_tree(child, signal_));
}

void SignalWork::add_signalled(std::span<const pid_t> pids) { signalled_.insert(pids.begin(), pids.end()); }

bool SignalWork::step(SteadyTime end) {
    if (members_ && !members_done_) {
        if (!members_->step(end)) return false;
        members_done_ = true;
        add_signalled(members_->signalled());
    }
    while (next_ < trees_.size()) {
        auto& [child, tree] = trees_[next_];
        const bool done = signalled_.contains(child) || tree->step(end);
        if (done) {
            in_trees_ += tree->count();
            ++next_;
        }
        if (next_ < trees_.size() && (!done || Clock::now() >= end)) return false;
    }
    return true;
}

std::string pids_text(std::span<const pid_t> pids) {
    std::string text;
    for (std::size_t i = 0; i < std::min(pids.size(), most_named); ++i)
        text += (i == 0 ? "pid " : ", ") + std::to_string(pids[i]);
    if (pids.size() > most_named) text += " and " + std::to_string(pids.size() - most_named) + " more";
    return text;
}

}   // namespace talos::turn
