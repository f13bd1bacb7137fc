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

/// A rotated log: PATH is the current file, PATH.1 the newest old one, up to PATH.keep. An old one may be compressed, as PATH.1.zst.
/// Where both forms of one number are there, talosd was killed between making the one and removing the other: they are the same.
namespace talos::logs {

[[nodiscard]] std::string old_log(const std::string& path, unsigned number);   ///< 0: PATH itself
[[nodiscard]] std::string compressed_log(const std::string& path, unsigned number);

/// Whether any old one of the first `keep` is compressed. `folder`: that of PATH, here and below.
[[nodiscard]] bool has_compressed(const posix::Folder& folder, unsigned keep);

/// Makes PATH free: PATH becomes PATH.1, PATH.1 becomes PATH.2, those past `keep` (at least 1) go. From the oldest to the newest, so
/// that whoever is killed in between leaves a gap in the numbers and has lost nothing. `compressed`: look for that form too.
/// Of those past `keep` that are left from a time when more were kept, four go each time, the oldest first.
/// `held`: gets the large ones that lost their name, open, because closing one is what takes the kernel long; null: they are freed at once.
[[nodiscard]] Result<> shift_logs(posix::Folder& folder, unsigned keep, bool compressed,
                                  std::vector<posix::UniqueFd>* held = nullptr);
[[nodiscard]] Result<> shift_logs(const posix::Location& path, unsigned keep, bool compressed);

/// The next midnight of the local clock after `time`.
[[nodiscard]] std::time_t next_midnight(std::time_t time);

}   // namespace talos::logs
