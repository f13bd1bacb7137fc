#pragma once
#include "core/result.hpp"
#include "posix/unique_fd.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace talos::posix {

/// A log file that keeps its name: NAME is the current one, NAME.1 the newest old one, up to NAME.keep.
/// Opened O_APPEND, mode 0600; missing parent folders are made (0700). Synchronous, no fsync.
class RotatingFile {
public:
    struct Policy {
        std::uint64_t size = 10u << 20;   ///< no write of whole lines makes the file larger; a single longer line does
        unsigned keep = 5;                ///< old files; 0: the current one is emptied
    };

    RotatingFile(std::string path, Policy policy) : path_(std::move(path)), policy_(policy) {}

    /// Opens now what write() would open at the first line.
    [[nodiscard]] Result<> open();

    /// Writes whole lines (`lines` ends with '\n'), rotating between lines, never inside one. On a failure `written` says how
    /// many bytes of `lines` reached the file: always whole lines, what a full disk left of a torn one is cut off again.
    /// The next call tries again with the file as it is then.
    [[nodiscard]] Result<> write(std::string_view lines, std::size_t* written = nullptr);

    /// Closes the file; the next write opens whatever has the name then (after an outside rotation, SIGUSR1).
    void close();

    /// From the next write on.
    void set_policy(Policy policy) { policy_ = policy; }

    [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Counts rotations and reopenings, so that who shares the descriptor (stdout of a detached daemon) can follow.
    [[nodiscard]] unsigned generation() const { return generation_; }

private:
    [[nodiscard]] Result<> rotate();
    [[nodiscard]] Result<> append(std::string_view lines, std::size_t& written);

    std::string path_;
    Policy policy_;
    UniqueFd fd_;
    std::uint64_t size_ = 0;
    unsigned generation_ = 0;
};

}  // namespace talos::posix
