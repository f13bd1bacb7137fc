#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <ctime>
#include <string>
#include <vector>

namespace talos::posix {
class Folder;
}

namespace talos::logs {}

/// A rotated log: PATH is the current file, PATH.1 the newest old file, and so on up to PATH.keep. An old file may be compressed,
/// as PATH.1.zst. If both forms of a number exist, talosd was killed before it removed the plain one: their contents are the
/// same.
namespace talos::logs {

[[nodiscard]] std::string old_log(const std::string& path, unsigned number);   ///< 0: PATH itself
[[nodiscard]] std::string compressed_log(const std::string& path, unsigned number);

/// Whether one of the first `keep` old files is compressed. `folder` is the directory of PATH, here and below.
[[nodiscard]] bool has_compressed(const posix::Folder& folder, unsigned keep);

/// Frees the name PATH: renames PATH to PATH.1, PATH.1 to PATH.2 and so on, and removes the files past `keep` (at least 1). Works
/// from the oldest to the newest file: a kill in between leaves a gap in the numbers but loses no data. `compressed`: also handle
/// compressed files. If more files past `keep` exist from an earlier setting, each call removes four, the oldest first.
/// `replaced` gets open descriptors of the large files that were removed, because closing them takes the kernel long; nullptr
/// frees them at once.
[[nodiscard]] Result<> shift_logs(posix::Folder& folder, unsigned keep, bool compressed,
                                  std::vector<posix::UniqueFd>* replaced = nullptr);
[[nodiscard]] Result<> shift_logs(const posix::Location& path, unsigned keep, bool compressed);

/// The next local midnight after `time`.
[[nodiscard]] std::time_t next_midnight(std::time_t time);

}   // namespace talos::logs
