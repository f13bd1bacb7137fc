#include "turn/run_cgroup.hpp"

#include "posix/processes/pidfd.hpp"
#include <boost/asio/post.hpp>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace talos::turn {

namespace {

/// Processes that are killed in one step.
constexpr std::size_t most_at_once = 256;

/// No other directory gets it until the next boot; 0: there is none.
ino_t inode_of(const posix::CgroupTree& tree, const std::string& leaf) {
    struct stat info {};
    return ::fstatat(tree.directory(), leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 ? info.st_ino : 0;
}

}   // namespace

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
    if (std::erase(services_.emptying, leaf_) > 0) {   // the former one of that name is still to be emptied
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
        removed();
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
    removed();
    known_empty_ = killed_ = false;
    return true;
}

/// The kernel takes 30 µs for each process that it kills by cgroup.kill, and passes over those that are about to end.
void RunCgroup::kill() {
    if (leaf_.empty() || known_empty_) return;
    killed_ = true;
    if (killing_ && services_.sliced->has(killing_.get())) return;
    auto end_rest = [&services = services_, leaf = leaf_] {
        if (const auto killed = services.cgroups->kill(leaf); !killed)
            services.observer.message(Level::error, killed.error().message());
    };
    if (processes().size() <= most_at_once) return end_rest();
    killing_ = std::make_shared<const bool>(true);
    auto each = std::make_shared<posix::CgroupSignal>(*services_.cgroups, leaf_, SIGKILL);
    services_.sliced->add(killing_.get(), [&services = services_, leaf = leaf_, inode = inode_of(*services_.cgroups, leaf_), each,
                                           end_rest, owner = killing_](SteadyTime end) {
        if (!each->step(end)) return false;
        if (inode_of(*services.cgroups, leaf) == inode) end_rest();   // of who was forked meanwhile
        return true;
    });
}

/// Its name may come to mean another one.
void RunCgroup::removed() {
    if (killing_) services_.sliced->drop(killing_.get());
    killing_.reset();
    leaf_.clear();
}

std::vector<pid_t> RunCgroup::processes() const {
    if (leaf_.empty() || known_empty_) return {};
    return services_.cgroups->processes(leaf_);
}

std::optional<posix::CgroupSignal> RunCgroup::signal(int number) const {
    if (leaf_.empty() || known_empty_) return std::nullopt;
    return posix::CgroupSignal(*services_.cgroups, leaf_, number);
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
    if (services_.cgroups->remove(leaf_)) {
        removed();
    } else {
        services_.emptying.push_back(leaf_);
        killing_.reset();   // goes on
        leaf_.clear();
    }
    known_empty_ = false;
}

std::string RunCgroup::path() const { return leaf_.empty() ? std::string() : services_.cgroups->identity().path + "/" + leaf_; }

}   // namespace talos::turn
