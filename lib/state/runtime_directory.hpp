#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include "state/data_directory.hpp"
#include <memory>
#include <string>
#include <vector>

namespace talos::state {

/// The directory of the sockets to which the workers of one talosd send messages. Only talosd's user can write to it. The path
/// depends only on the data directory, so it stays the same after a restart:
///   - root: /run/talos/ID, otherwise /tmp/talos-ID; mode 0711, because workers of other users must reach their sockets
///   - other users: $XDG_RUNTIME_DIR/talos/ID, otherwise DATA/run, otherwise /tmp/talos-ID; mode 0700
/// A location is skipped if the path of a socket in it is too long for an address, if it is not writable, if another talosd uses
/// it, or if it or its parent directory is not trusted (it belongs to another user, or others can write to it). If only /tmp
/// remains and /tmp/talos-ID is not trusted, a random number is appended to the name.
class RuntimeDirectory {
public:
    /// The maximum length of the name of a socket in it.
    static constexpr std::size_t longest_name = 16;

    /// Creates the directory, or reuses one that a talosd with the same data directory left; sockets in it are removed. Holds a
    /// lock (flock(2)) for the lifetime of the object. `complaints` gets one sentence for each location that is not trusted.
    /// Fails if no location is usable.
    [[nodiscard]] static Result<RuntimeDirectory> open(const DataDirectory& files, std::vector<std::string>& complaints);

    /// Removes the directory that a killed talosd with the same data directory left.
    static void remove_leftovers(const DataDirectory& files);

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The directory, for `*at` calls.
    [[nodiscard]] const std::shared_ptr<const posix::UniqueFd>& descriptor() const { return descriptor_; }
    /// Removes the sockets and the directory; keeps the directory if it contains anything else.
    void remove() const;

private:
    RuntimeDirectory(std::string path, posix::UniqueFd fd)
        : path_(std::move(path)), descriptor_(std::make_shared<const posix::UniqueFd>(std::move(fd))) {}

    std::string path_;
    std::shared_ptr<const posix::UniqueFd> descriptor_;
};

}   // namespace talos::state
