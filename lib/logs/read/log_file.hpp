// logs/read: Reads, searches and follows logs, from the end or from a given time, including compressed files.
// This room writes nothing.
// Begin with log_reader.hpp.
#pragma once
#include "core/result.hpp"
#include "logs/files/compressed_log.hpp"
#include "posix/children/discarded_file.hpp"
#include <cstdint>
#include <optional>
#include <string>

namespace talos::logs {

/// Identifies a file of a rotated log, even after it was compressed.
struct LogIdentity {
    FileKey key;
    bool compressed = false;
};
/// Whether `now` is the same file as `before`, possibly written to or compressed in between. The kernel reuses the inodes of
/// removed files, so times decide in that case.
[[nodiscard]] bool same_file(const LogIdentity& before, const LogIdentity& now);

/// One file of a rotated log. Plain and compressed files are read in the same way.
class LogFile {
public:
    /// Opens PATH for number 0, otherwise PATH.number or its compressed form. Returns nullopt if neither exists. Does not block
    /// on a FIFO and does not follow a link. Root reads with the rights that posix::Folder selects.
    [[nodiscard]] static Result<std::optional<LogFile>> open(const std::string& path, unsigned number);

    [[nodiscard]] LogIdentity identity() const;
    [[nodiscard]] Result<std::uint64_t> size() const;
    /// Like pread(2); returns 0 at the end.
    [[nodiscard]] Result<std::size_t> pread(char* buffer, std::size_t size, std::uint64_t offset);

    /// The descriptor of a plain file, otherwise -1.
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// True if the file can no longer be opened, at least not in this form.
    [[nodiscard]] bool is_removed() const;

private:
    LogFile() = default;
    std::string name_;
    posix::LogFd fd_;
    std::optional<CompressedLog> compressed_;
};

/// The position of a file in the series PATH, PATH.1, PATH.2, …
struct LogLocation {
    std::optional<unsigned> number;   ///< nullopt: the file was removed
    bool others = false;              ///< there are other old files
    unsigned later = 0;               ///< for a removed file: the oldest file that was written to after it
};
/// `near` is the last known number of the file; it usually still has that number or the next one, so these are checked first. 0
/// means unknown. If both fail, all files of the series are checked, up to 1000.
[[nodiscard]] LogLocation locate_log(const std::string& path, const LogIdentity& file, unsigned near = 0);
/// Checks PATH only, not the old files.
[[nodiscard]] bool is_newest(const std::string& path, const LogIdentity& file);

/// The number of the oldest file; 0 if only PATH exists.
[[nodiscard]] unsigned oldest_log(const std::string& path);

}   // namespace talos::logs
