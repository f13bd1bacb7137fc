#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

/// Waits for events without polling: inotify(7), signalfd(2) and poll(2).
namespace talos::cli {

struct Change {
    int watch = -1;
    std::uint32_t mask = 0;
    std::string name;   ///< of the directory entry, for a directory watch
};

class Inotify {
public:
    [[nodiscard]] static Result<Inotify> create();

    /// Returns the watch's number. A second add of the same inode returns the same number.
    [[nodiscard]] Result<int> add(const std::string& path, std::uint32_t mask);
    void remove(int watch);

    /// The pending changes, without blocking. A full queue is reported as one change with IN_Q_OVERFLOW.
    [[nodiscard]] std::vector<Change> read();
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    explicit Inotify(posix::UniqueFd fd) : fd_(std::move(fd)) {}
    posix::UniqueFd fd_;
};

/// Watches a directory's entries. While it does not exist, watches the nearest existing parent.
class DirectoryWatch {
public:
    DirectoryWatch(Inotify& inotify, std::string path, std::uint32_t mask);

    /// Call it before reading the directory and after each change that concerns() it.
    [[nodiscard]] Result<> arm();
    /// Whether the change belongs to this watch.
    [[nodiscard]] bool concerns(const Change& change) const { return change.watch == watch_; }
    /// Whether the directory itself is watched, not a parent.
    [[nodiscard]] bool exact() const { return exact_; }

private:
    Inotify* inotify_;
    std::string path_;
    std::uint32_t mask_;
    int watch_ = -1;
    bool exact_ = false;
};

/// Turns these signals into readable events instead of process termination, for the rest of the process.
[[nodiscard]] Result<posix::UniqueFd> signal_descriptor(std::initializer_list<int> signals);
/// The next pending signal; 0 if there is none.
[[nodiscard]] int next_signal(const posix::UniqueFd& descriptor);

struct Woken {
    std::uint32_t readable = 0;   ///< bit i: the i-th descriptor is readable or at end of file
    bool reader_gone = false;     ///< the reader of `output` has closed it
};
/// Waits until one of the descriptors (-1 is skipped) is readable, the reader of `output` has closed it, or the deadline has
/// passed.
[[nodiscard]] Woken wait_for(std::initializer_list<int> descriptors, std::optional<SteadyTime> deadline, int output = -1);

}   // namespace talos::cli
