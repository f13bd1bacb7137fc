// logs/read: Reading, searching and following logs, from the end or from a time on, compressed files included.
// Nothing here writes.
// Begin with log_reader.hpp.
#pragma once
#include "core/result.hpp"
#include "logs/files/compressed_log.hpp"
#include "posix/children/discarded_file.hpp"
#include <cstdint>
#include <optional>
#include <string>

namespace talos::logs {

/// Which file of a rotated log it is, or was before it was compressed.
struct LogIdentity {
    FileKey key;
    bool compressed = false;
};
/// Whether `now` is the file that was seen as `before`, perhaps written to or compressed since. Inodes of files that were removed are
/// used again: there the times decide.
[[nodiscard]] bool same_file(const LogIdentity& before, const LogIdentity& now);

/// One file of a rotated log, plain or compressed: both are read the same way.
class LogFile {
public:
    /// PATH itself for number 0, else PATH.number or its compressed form. Empty when there is neither; a FIFO in its place is not waited for,
    /// nor a link followed; root reads with the rights that posix::Folder has it use.
    [[nodiscard]] static Result<std::optional<LogFile>> open(const std::string& path, unsigned number);

    [[nodiscard]] LogIdentity identity() const;
    [[nodiscard]] Result<std::uint64_t> size() const;
    /// As pread(2): 0 at the end.
    [[nodiscard]] Result<std::size_t> pread(char* buffer, std::size_t size, std::uint64_t offset);

    /// The descriptor of a plain one, else -1.
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// Nobody can open it any more, at least not in this form.
    [[nodiscard]] bool is_removed() const;

private:
    LogFile() = default;
    std::string name_;
    posix::LogFd fd_;
    std::optional<CompressedLog> compressed_;
};

/// Where in the series PATH, PATH.1, PATH.2, … a file stands.
struct LogLocation {
    std::optional<unsigned> number;   ///< nothing: it was removed
    bool others = false;              ///< there are old files besides
    unsigned later = 0;               ///< of a removed one: the oldest that was written to after it
};
/// `near`: the number it had before, which it mostly still has or has one more than that; these are checked first. 0: not known. Without it
/// all files of the series are looked at, up to 1000.
[[nodiscard]] LogLocation locate_log(const std::string& path, const LogIdentity& file, unsigned near = 0);
/// Only a look at PATH, without one at the old files.
[[nodiscard]] bool is_newest(const std::string& path, const LogIdentity& file);

/// The number of the oldest one; 0 when there is none but PATH.
[[nodiscard]] unsigned oldest_log(const std::string& path);

}   // namespace talos::logs
