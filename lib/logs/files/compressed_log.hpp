// logs/files: A log on disk: the current file, rotation, old files, compression.
// This room neither formats nor parses lines.
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

/// Old log files compressed with zstd: frames of 256 KiB that can be read individually, in zstd's seekable format (a skippable
/// frame at the end contains a table of the frames). A skippable frame at the start identifies the original file. `zstd -d`
/// decompresses the file.
namespace talos::logs {

/// Identifies a file regardless of its name. The kernel reuses the inodes of removed files; together with the time of the last
/// change the key is unique for a file that is no longer written to.
struct FileKey {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t modified = 0;   ///< ns since the epoch
    friend bool operator==(const FileKey&, const FileKey&) = default;
};
[[nodiscard]] FileKey key_of(const struct stat& info);
[[nodiscard]] Result<FileKey> key_of(int fd);

/// The key of the original file, from the first bytes of a compressed file.
[[nodiscard]] Result<FileKey> read_source(int fd, const std::string& path);

/// Compresses the content that `from` has at the start of the call, without data appended later, to `to`, which must be empty.
/// Needs about 2 MiB of memory. Must not be called in the event loop.
[[nodiscard]] Result<> compress_log(int from, int to);

/// Random access, one frame of at most 256 KiB at a time. Refuses a file that would decompress to more than 64 GiB, or to more
/// than 1 GiB and 200 times its own size. Reads nothing from such a file or from a damaged one.
class CompressedLog {
public:
    /// Fails for a file that compress_log did not write.
    [[nodiscard]] static Result<CompressedLog> open(posix::UniqueFd fd, const std::string& path);

    [[nodiscard]] std::uint64_t size() const { return frames_.empty() ? 0 : frames_.back().content_end; }
    [[nodiscard]] const FileKey& source() const { return source_; }
    /// Like pread(2); returns 0 at the end.
    [[nodiscard]] Result<std::size_t> pread(char* buffer, std::size_t size, std::uint64_t offset);

private:
    struct Frame {
        std::uint64_t begin = 0;   // offset in the file
        std::uint32_t length = 0;
        std::uint64_t content_end = 0;   // end of its content in the decompressed data
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
    std::string content_;   // of the loaded frame
};

}   // namespace talos::logs
