#pragma once
#include "core/result.hpp"
#include "posix/compressed_log.hpp"
#include "posix/unique_fd.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace talos::daemon {

/// Which file of a rotated log it is, or was before it was compressed.
struct LogIdentity {
    posix::FileKey key;
    bool compressed = false;
};
/// Whether `now` is the file that was seen as `before`, perhaps written to or compressed since. Inodes of files that were removed are
/// used again: there the times decide.
[[nodiscard]] bool same_file(const LogIdentity& before, const LogIdentity& now);

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

/// Of PATH.number; nothing when there is none in either form.
[[nodiscard]] std::optional<LogIdentity> identity_of(const std::string& path, unsigned number);

/// Calls `look` with 1, 2, …, which says whether that number is there, up to the end of the series. In the middle of a rotation one
/// number is missing, so only two in a row are the end.
void for_each_old(const std::function<bool(unsigned number)>& look);

/// Finds the file among PATH.1, PATH.2, ...: its number, or nothing when it is not there any more. `others`: whether there are old
/// files at all.
[[nodiscard]] std::optional<unsigned> find_old(const std::string& path, const LogIdentity& file, bool& others);

/// The number of the oldest one; 0 when there is none but PATH.
[[nodiscard]] unsigned oldest_log(const std::string& path);

}  // namespace talos::daemon
