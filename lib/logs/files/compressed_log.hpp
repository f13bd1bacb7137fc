// logs/files: A log on disk: the current file, rotation, older files, compression.
// It neither formats nor reads lines.
// Begin with rotating_file.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/children/discarded_file.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

/// Old log files as zstd: frames of 256 KiB that can be read one by one, in zstd's seekable format (a table of the frames in a
/// skippable frame at the end), behind a skippable frame that tells which file it was made of. `zstd -d` reads all of it.
namespace talos::logs {

/// Which file it is, whatever its name. Inodes are used again once a file is gone: together with the time of its last change the key
/// of a file that is not written to any more is its alone.
struct FileKey {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t modified = 0;   ///< ns since the epoch
    friend bool operator==(const FileKey&, const FileKey&) = default;
};
[[nodiscard]] FileKey key_of(const struct stat& info);
[[nodiscard]] Result<FileKey> key_of(int fd);

/// What compress_log made the file of, by its first bytes alone.
[[nodiscard]] Result<FileKey> read_source(int fd, const std::string& path);

/// Compresses what is in `from` when it begins, and nothing that is appended later, into `to`, which is empty. Needs about 2 MiB of memory. Not for the loop.
[[nodiscard]] Result<> compress_log(int from, int to);

/// Reads at any place, a frame at a time, of at most 256 KiB. A file that would become more than 1 GiB and 200 times its own size, or more
/// than 64 GiB, is refused: nothing is read from it, as little as from a damaged one.
class CompressedLog {
public:
    /// Fails for what compress_log did not make.
    [[nodiscard]] static Result<CompressedLog> open(posix::UniqueFd fd, const std::string& path);

    [[nodiscard]] std::uint64_t size() const { return frames_.empty() ? 0 : frames_.back().content_end; }
    [[nodiscard]] const FileKey& source() const { return source_; }
    /// As pread(2): 0 at the end.
    [[nodiscard]] Result<std::size_t> pread(char* buffer, std::size_t size, std::uint64_t offset);

private:
    struct Frame {
        std::uint64_t begin = 0;   // in the file
        std::uint32_t length = 0;
        std::uint64_t content_end = 0;   // of its content, within the whole
    };
    CompressedLog(posix::UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
    [[nodiscard]] Result<> read_table();
    [[nodiscard]] Result<> load(std::size_t frame);
    [[nodiscard]] Result<> read_at(std::uint64_t offset, char* buffer, std::size_t size) const;
    [[nodiscard]] Failure broken() const;

    posix::LogFd fd_;
    std::string path_;
    FileKey source_;
    std::vector<Frame> frames_;
    std::size_t loaded_ = ~std::size_t{0};
    std::string content_;   // of the loaded one
};

}   // namespace talos::logs
