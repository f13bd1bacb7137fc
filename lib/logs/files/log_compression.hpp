#pragma once
#include "core/result.hpp"
#include "logs/files/compressed_log.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <ctime>
#include <optional>

/// The files of a compression of old logs: which one is next, and its compressed form in its place. What compresses comes in between.
namespace talos::logs {

struct LogCompression {
    posix::UniqueFd from;
    posix::UniqueFd to;   ///< a new temporary file beside it
    FileKey source;       ///< of `from`: it may be rotated on meanwhile
    timespec modified{};
};

/// The oldest plain one of PATH.1 to PATH.keep; nothing when there is none. One that another user has put there keeps no other from being found.
[[nodiscard]] Result<std::optional<LogCompression>> open_uncompressed(const posix::Location& path, unsigned keep);

/// The temporary file becomes PATH.N.zst and PATH.N goes, whose descriptor is returned when it was large. One that is gone needs no compressed form.
[[nodiscard]] Result<posix::UniqueFd> publish_compressed(const posix::Location& path, unsigned keep, const FileKey& source,
                                                         const timespec& modified);

/// The temporary file goes.
void remove_uncompleted(const posix::Location& path);

}   // namespace talos::logs
