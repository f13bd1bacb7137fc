#pragma once
#include "posix/own_directory.hpp"
#include "posix/unique_fd.hpp"
#include <cstdint>
#include <string>

namespace talos::posix {
class Folder;
}

/// Files that lose their last name. Removing a large one at once keeps the kernel busy for milliseconds (6.5 ms for 10 MiB on ext4), and
/// whoever asked for it with it; shortened piece by piece beforehand it costs each time as much as the piece is large.
namespace talos::posix {

/// Opens a file that is going to be replaced, so that it outlives its name. Empty for a small one, or one that cannot be opened. Where the
/// rights of the folder's owner are in use, the mode of the owner's file is changed if need be: it loses its name anyway.
[[nodiscard]] UniqueFd hold_large(Folder& folder, const std::string& name);
[[nodiscard]] UniqueFd hold_large(const Location& file);

/// Whether nobody will miss its content: it has no name, and nobody else has it open. False too where the file system cannot tell.
[[nodiscard]] bool is_forgotten(const UniqueFd& file);

/// Cuts `bytes` off its end; false when nothing is left to be cut.
[[nodiscard]] bool shorten(const UniqueFd& file, std::uint64_t bytes);

}  // namespace talos::posix
