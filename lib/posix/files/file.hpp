// posix/files: Opens, walks, locks and replaces files and directories that other users may tamper with.
// This room knows no file of Talos by name.
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

/// open(2) with O_CLOEXEC. `what` of a failure is `open PATH`.
[[nodiscard]] Result<UniqueFd> open_file(const std::string& path, int flags, mode_t mode = 0);

/// Reads a whole regular file. Fails with EFBIG if it is longer than `limit` bytes, with EISDIR for a directory, and with ENXIO
/// for anything else that is not a regular file. Opening a FIFO does not block.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit);
/// The same for an open file. `path` is for messages.
[[nodiscard]] Result<std::string> read_file(const UniqueFd& file, const std::string& path, std::size_t limit);

/// Writes all bytes; retries after EINTR and after short writes. The descriptor must be blocking or a regular file.
[[nodiscard]] Result<> write_all(int fd, std::string_view bytes, const std::string& name);

/// Replaces `path` atomically: writes a temporary file next to it (`.NAME.PID.tmp`, mode 0600, O_EXCL), then calls rename(2). No
/// fsync unless sync() is called: after a power failure the content may be lost. The bytes may be written in pieces. Without
/// commit(), the temporary file is removed. Both names are resolved in the directory that create() opened; in talosd's own
/// directory the rules of Folder apply.
class AtomicFile {
public:
    [[nodiscard]] static Result<AtomicFile> create(const Location& file);
    [[nodiscard]] Result<> write(std::string_view bytes);
    /// Flushes the written bytes to disk (call it before commit()).
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
