// posix/files: Opening, walking, locking and replacing files and directories that others may tamper with.
// It knows no file of Talos by name.
// Begin with file.hpp and folder.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace talos::posix {

class Folder;

/// open(2) with O_CLOEXEC. `what` of a failure: `open PATH`.
[[nodiscard]] Result<UniqueFd> open_file(const std::string& path, int flags, mode_t mode = 0);

/// The whole of a regular file, at most `limit` bytes. Fails with EFBIG past it, EISDIR, ENXIO for what is no regular file
/// (a FIFO is not waited for).
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit);
/// The same for an open file; `path` is for messages.
[[nodiscard]] Result<std::string> read_file(const UniqueFd& file, const std::string& path, std::size_t limit);

/// Writes all of it, through EINTR and short writes. The descriptor must be a blocking one or a file.
[[nodiscard]] Result<> write_all(int fd, std::string_view bytes, const std::string& name);

/// Replaces `path` in one step: a temporary file beside it (`.NAME.PID.tmp`, mode 0600, O_EXCL), then rename(2). No fsync: see the
/// contract. The bytes may be given in pieces. Without commit() the temporary file is removed.
/// Both are reached through the directory as it was opened first; in talosd's own one by the rules of Folder.
class AtomicFile {
public:
    [[nodiscard]] static Result<AtomicFile> create(const Location& file);
    [[nodiscard]] Result<> write(std::string_view bytes);
    /// What was written is on disk, before it is given its name.
    [[nodiscard]] Result<> sync();
    [[nodiscard]] Result<> commit();
    AtomicFile(AtomicFile&&) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile();

private:
    AtomicFile(UniqueFd fd, std::unique_ptr<Folder> folder, std::string temporary);
    UniqueFd fd_;
    std::unique_ptr<Folder> folder_;
    std::string temporary_;
};

}   // namespace talos::posix
