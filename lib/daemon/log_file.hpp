#pragma once
#include "core/result.hpp"
#include "posix/compressed_log.hpp"
#include "posix/unique_fd.hpp"
#include <cstdint>
#include <optional>
#include <string>

namespace talos::daemon {

/// Which file of a rotated log it is, or was before it was compressed. The newest changes as it is written: two plain ones are compared
/// as they are now, by their inodes.
struct LogIdentity {
    posix::FileKey key;
    bool compressed = false;
    friend bool operator==(const LogIdentity& a, const LogIdentity& b) {
        if (a.compressed || b.compressed) return a.key == b.key;
        return a.key.device == b.key.device && a.key.inode == b.key.inode;
    }
};

/// One file of a rotated log, plain or compressed: both are read the same way.
class LogFile {
public:
    /// PATH itself for number 0, else PATH.number or its compressed form. Empty when there is neither; a FIFO in its place is not waited for.
    [[nodiscard]] static Result<std::optional<LogFile>> open(const std::string& path, unsigned number);
    /// A plain one that is open already. Fails for what is no regular file.
    [[nodiscard]] static Result<LogFile> of(posix::UniqueFd fd, const std::string& name);

    [[nodiscard]] LogIdentity identity() const;
    [[nodiscard]] Result<std::uint64_t> size() const;
    /// As pread(2): 0 at the end.
    [[nodiscard]] Result<std::size_t> pread(char* buffer, std::size_t size, std::uint64_t offset);

    /// The descriptor of a plain one, else -1.
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] posix::UniqueFd release() { return std::move(fd_); }

private:
    LogFile() = default;
    std::string name_;
    posix::UniqueFd fd_;
    std::optional<posix::CompressedLog> compressed_;
};

/// Finds the file among PATH.1, PATH.2, ...: its number, or nothing when it is not there any more. `others`: whether there are old
/// files at all.
[[nodiscard]] std::optional<unsigned> find_old(const std::string& path, const LogIdentity& file, bool& others);

/// The number of the oldest one; 0 when there is none but PATH.
[[nodiscard]] unsigned oldest_log(const std::string& path);

}  // namespace talos::daemon
