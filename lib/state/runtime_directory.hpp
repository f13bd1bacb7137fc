#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include "state/data_directory.hpp"
#include <memory>
#include <string>
#include <vector>

namespace talos::state {

/// The directory of the sockets that the workers of one talosd send to. Only talosd's user can write in it. Its path depends on the data
/// directory alone, so that it is the same after a restart:
///   root: /run/talos/ID, else /tmp/talos-ID; mode 0711, because workers of other users have to reach their sockets;
///   others: $XDG_RUNTIME_DIR/talos/ID, else DATA/run, else /tmp/talos-ID; mode 0700.
/// A place is skipped when a socket's path in it would not fit into an address, when it cannot be written, when another talosd uses it,
/// and when it or the directory above is not trusted: of another owner, or writable by others. If only /tmp is left and /tmp/talos-ID is
/// not trusted, a random number is added to the name.
class RuntimeDirectory {
public:
    /// Sockets in it have names of at most this many characters.
    static constexpr std::size_t longest_name = 16;

    /// Makes it, or takes over what a talosd of the same data directory left; sockets in it are removed. Holds a lock (flock(2)) until the
    /// object is destroyed. `complaints` gets one sentence for each place that is not trusted. Fails when no place is usable.
    [[nodiscard]] static Result<RuntimeDirectory> open(const DataDirectory& files, std::vector<std::string>& complaints);

    /// Removes what a killed talosd of the same data directory left.
    static void remove_leftovers(const DataDirectory& files);

    [[nodiscard]] const std::string& path() const { return path_; }
    /// For `*at` calls.
    [[nodiscard]] const std::shared_ptr<const posix::UniqueFd>& descriptor() const { return descriptor_; }
    /// Removes its sockets and itself, unless something else is in it.
    void remove() const;

private:
    RuntimeDirectory(std::string path, posix::UniqueFd fd)
        : path_(std::move(path)), descriptor_(std::make_shared<const posix::UniqueFd>(std::move(fd))) {}

    std::string path_;
    std::shared_ptr<const posix::UniqueFd> descriptor_;
};

}   // namespace talos::state
