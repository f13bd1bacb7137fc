#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstddef>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>

namespace talos::state {

/// A data directory whose files may be acted on: signals and deletions by what they say. That holds when only this process's user could
/// have written them: the directory belongs to the effective uid and nobody else may write it, and so does each file, which has one link
/// (a hard link would bring a file of this user from elsewhere) and is no symbolic link. A lock adds nothing: a lock of an open file
/// description does not name its holder. Names are opened relative to the directory that was checked.
class OwnDirectory {
public:
    /// Fails like open(2) for a directory. One that may not be acted on opens, too: see `objection`.
    [[nodiscard]] static Result<OwnDirectory> open(const std::string& path);

    /// Why nothing in the directory may be acted on, as a sentence; nothing when files may.
    [[nodiscard]] std::optional<std::string> objection() const;
    /// The directory's owner when that is another user.
    [[nodiscard]] std::optional<uid_t> other_owner() const;

    /// Why this file may not be acted on, as a sentence; nothing when it may, or is not there.
    [[nodiscard]] std::optional<std::string> objection_to(const std::string& name) const;

    /// The whole of a file that may be acted on, from the descriptor that was checked. Fails like posix::read_file, and with EPERM and the
    /// objection.
    [[nodiscard]] Result<std::string> read(const std::string& name, std::size_t limit) const;

private:
    OwnDirectory(posix::UniqueFd directory, std::string path, const struct stat& info, bool open_to_others)
        : directory_(std::move(directory)), path_(std::move(path)), owner_(info.st_uid), mode_(info.st_mode),
          open_to_others_(open_to_others) {}

    posix::UniqueFd directory_;
    std::string path_;
    uid_t owner_;
    mode_t mode_;
    bool open_to_others_;
};

}   // namespace talos::state
