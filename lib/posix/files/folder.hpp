#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/act_as.hpp"
#include "posix/rights/unique_fd.hpp"
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>

namespace talos::posix {

/// An open directory together with the rights that apply to its files. The thread uses these rights for as long as the object
/// exists. Keep it for one operation only, never use two at a time, and do not start a process meanwhile. Names must not contain
/// a slash. Links are not followed.
///
/// In talosd's own directory, a file must be a regular file with one link that belongs to this user. Any other file is renamed to
/// NAME.refused-N, with a warning that names it. In all other directories, root acts with the rights of the first owner, from the
/// directory upward, that is not root. It refuses a directory that users other than the owner can write. In a sticky directory
/// (/tmp), only files of this user that no other user can write are used.
class Folder {
public:
    /// make: creates missing directories (0700). rehearse: checks like `make` but creates nothing.
    enum class Use { write, make, rehearse, read };
    /// `own_only`: root looks nothing up in a directory that it would use with another user's rights, or below it. The result is the first
    /// such directory, with acting(), whatever the rest of the path is.
    [[nodiscard]] static Result<Folder> open(const Location& file, Use use, bool own_only = false);
    /// Returns the failure that open() with Use::make and open_or_create() would return. Creates and changes nothing. Obstacles
    /// in talosd's own directory are not failures, because talosd would rename them.
    [[nodiscard]] static Result<> check(const Location& file);
    /// Without these rules: for files in a directory that the caller has already checked.
    [[nodiscard]] static Result<Folder> plain(const std::string& path);

    /// The last component of the file's path.
    [[nodiscard]] const std::string& name() const { return name_; }
    /// The path of a name in this directory, for messages.
    [[nodiscard]] std::string shown(const std::string& name) const { return shown_ + name; }
    /// The user whose rights are in use; nullptr if they are talosd's own.
    [[nodiscard]] const Credentials* acting() const { return acting_as_; }

    /// Opens an existing regular file. `flags` must not contain O_CREAT. A FIFO does not block. Fails with ENOENT, or with a
    /// message.
    [[nodiscard]] Result<UniqueFd> open_existing(const std::string& name, int flags);
    /// The same, but creates the file (0600) if it does not exist.
    [[nodiscard]] Result<UniqueFd> open_or_create(const std::string& name, int flags);
    /// Whether `name` is a regular file with one link that root left in a directory of another user whose rights talosd uses.
    /// That user may rename the file.
    [[nodiscard]] bool left_by_root(const std::string& name) const;
    /// Creates a new file (0600) for writing. An existing file of that name is removed or renamed.
    [[nodiscard]] Result<UniqueFd> create(const std::string& name);

    [[nodiscard]] std::optional<struct stat> stat(const std::string& name) const;
    /// Returns true if the name existed and is free now. A file is removed; a directory or a file of another user is renamed.
    [[nodiscard]] bool vacate(const std::string& name);
    /// Makes the file writable for its owner, the user whose rights are in use. Returns false with talosd's own rights, because a
    /// link could then lead to any file.
    [[nodiscard]] bool make_writable(const std::string& name) const;
    /// Replaces `to`. A link at `to` is replaced, not followed. A directory is renamed first.
    [[nodiscard]] Result<> rename(const std::string& from, const std::string& to);
    void set_times(const std::string& name, const timespec& modified) const;

private:
    Folder(std::shared_ptr<const UniqueFd> fd, const std::string& path, ActAs rights);
    [[nodiscard]] static Result<Folder> in_own(const Location& file, Use use);
    [[nodiscard]] static Result<Folder> elsewhere(const std::string& path, Use use, bool own_only);
    [[nodiscard]] Result<UniqueFd> open_checked(const std::string& name, int flags);
    [[nodiscard]] std::optional<std::string> complaint(const std::string& name, const struct stat& info) const;
    [[nodiscard]] Failure refusal(const std::string& name, const std::string& why) const;
    [[nodiscard]] Failure denied(const std::string& name) const;
    [[nodiscard]] Result<> check_file() const;
    [[nodiscard]] bool put_aside(const std::string& name, const std::string& why);

    std::shared_ptr<const UniqueFd> fd_;
    std::string name_;
    std::string shown_;   // path of the directory with a trailing slash
    std::shared_ptr<OwnDirectory> own_;
    const Credentials* acting_as_ = nullptr;
    Use use_ = Use::write;
    bool rules_ = true;
    bool sticky_ = false;    // and writable for other users
    bool missing_ = false;   // the descriptor refers to the nearest existing directory above it
    ActAs rights_;           // destroyed first; the descriptor can be closed with any rights
};

}   // namespace talos::posix
