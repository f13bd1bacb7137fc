#include "supervisor/run_cgroup.hpp"

#include "posix/pidfd.hpp"
#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

namespace talos::supervisor {

RunCgroup::RunCgroup(Services& services, posix::CgroupKind kind, std::string worker, Share share)
    : services_(services), kind_(kind), worker_(std::move(worker)), several_(share == Share::several) {}

RunCgroup::~RunCgroup() { release(); }

Result<posix::UniqueFd> RunCgroup::enter() {
    const auto& tree = services_.cgroups;
    if (!tree) return posix::UniqueFd{};
    unwatch();
    // One that was killed is made anew: Linux (6.8 to 6.18 at least) kills a child that is created in it by CLONE_INTO_CGROUP.
    if (killed_ || populated()) release();   // populated: by processes that are not this worker's
    known_empty_ = killed_ = false;
    if (leaf_.empty()) leaf_ = posix::leaf_name(kind_, worker_, several_ ? ++services_.cgroup_numbers : 0);
    if (std::erase(services_.emptying, leaf_) > 0) {        // the former one of that name is still to be emptied
        services_.emptying.push_back(leaf_);
        leaf_ = posix::leaf_name(kind_, worker_, ++services_.cgroup_numbers);
    }
    auto directory = tree->make(leaf_);
    if (!directory) leaf_.clear();
    return directory;
}

bool RunCgroup::populated() {
    if (leaf_.empty() || known_empty_) return false;
    const auto populated = services_.cgroups->populated(leaf_);
    if (populated) {
        known_empty_ = !*populated;
    } else if (services_.cgroups->remove(leaf_)) {   // needs no descriptor
        leaf_.clear();
        known_empty_ = true;
    } else {
        known_empty_ = false;
    }
    return !known_empty_;
}

bool RunCgroup::remove_empty() {
    if (leaf_.empty()) return true;
    if (!services_.cgroups->remove(leaf_)) return !populated();
    unwatch();
    leaf_.clear();
    known_empty_ = killed_ = false;
    return true;
}

std::vector<pid_t> RunCgroup::signal(int number) {
    if (leaf_.empty() || known_empty_) return {};
    if (number != SIGKILL) return services_.cgroups->signal(leaf_, number);
    killed_ = true;
    auto processes = services_.cgroups->processes(leaf_);
    if (const auto killed = services_.cgroups->kill(leaf_); !killed) services_.observer.message(Level::error, killed.error().message());
    return processes;
}

void RunCgroup::watch(std::function<void()> emptied) {
    if (watch_ || leaf_.empty()) return;
    auto events = services_.cgroups->open_events(leaf_);
    if (!events) return;   // removed, or no descriptors: the end of a child is the next occasion
    watch_ = std::make_unique<Watch>(Watch{aio::Descriptor(services_.executor, events->release()), std::move(emptied)});
    wait_for_change();
}

/// What is read here is what the next wait compares with.
void RunCgroup::wait_for_change() {
    const auto populated = posix::read_populated(watch_->events.native_handle());
    auto handler = [this, alive = std::weak_ptr(watch_->alive)](const boost::system::error_code& error = {}) {
        if (error == aio::asio::error::operation_aborted || alive.expired()) return;
        wait_for_change();
    };
    if (populated && *populated) return watch_->events.async_wait(aio::Descriptor::wait_error, std::move(handler));
    aio::asio::post(services_.executor, [this, alive = std::weak_ptr(watch_->alive)] {
        if (alive.expired()) return;
        const auto watch = std::exchange(watch_, nullptr);
        watch->emptied();
    });
}

void RunCgroup::release() {
    unwatch();
    if (leaf_.empty()) return;
    if (!services_.cgroups->remove(leaf_)) services_.emptying.push_back(leaf_);
    leaf_.clear();
    known_empty_ = false;
}

std::string RunCgroup::path() const { return leaf_.empty() ? std::string() : services_.cgroups->identity().path + "/" + leaf_; }

}  // namespace talos::supervisor
