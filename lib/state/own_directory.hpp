#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstddef>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>

namespace talos::state {

/// A data directory whose files are trusted enough to send signals and delete files because of their contents. Only this
/// process's user may have been able to write them: the directory belongs to the effective uid and no other user can write to it.
/// The same holds for each file, which must also have one link (a hard link could bring a file of this user from elsewhere) and
/// must not be a symbolic link. A lock would prove nothing, because a lock on an open file description does not identify its
/// holder. Names are opened relative to the checked directory.
class OwnDirectory {
public:
    /// Fails like open(2) for a directory. A directory that is not trusted is opened too; see `objection`.
    [[nodiscard]] static Result<OwnDirectory> open(const std::string& path);

    /// The reason why no file in the directory is trusted, as a sentence; nullopt if there is none.
    [[nodiscard]] std::optional<std::string> objection() const;
    /// The owner of the directory if it is another user.
    [[nodiscard]] std::optional<uid_t> other_owner() const;

    /// The reason why this file is not trusted, as a sentence; nullopt if it is trusted or does not exist.
    [[nodiscard]] std::optional<std::string> objection_to(const std::string& name) const;

    /// Reads a whole trusted file through the descriptor that was checked. Fails like posix::read_file, and with EPERM and the
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
