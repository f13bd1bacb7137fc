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

/// The directory of a file, open, with the rights that its files are used with. While it lives, those are the rights of this thread:
/// keep it for one operation, never two at a time, and start no process meanwhile. Names have no slash; no link is followed.
///
/// A file of talosd's own directory must be a regular file with one link and of this user; what is not is renamed to
/// NAME.refused-N and named in a warning. Elsewhere root has exactly the rights of the first owner, from the directory upward, who is
/// not root, and refuses a directory that others than its owner can write. In a sticky one (/tmp) only files of this user that nobody
/// else can write are used.
class Folder {
public:
    /// make: missing directories are made (0700). rehearse: as `make`, and nothing is made.
    enum class Use { write, make, rehearse, read };
    [[nodiscard]] static Result<Folder> open(const Location& file, Use use);
    /// What open() with Use::make and open_or_create() would fail with. Nothing is made or changed. In talosd's own directory what is in the
    /// way is put aside, so nothing is wrong there.
    [[nodiscard]] static Result<> check(const Location& file);
    /// Without rules, for files in directories that the caller answers for.
    [[nodiscard]] static Result<Folder> plain(const std::string& path);

    /// The last component of the file's path.
    [[nodiscard]] const std::string& name() const { return name_; }
    /// The path of a name in it, for messages.
    [[nodiscard]] std::string shown(const std::string& name) const { return shown_ + name; }
    /// The other user whose rights are in use; nothing for talosd's own.
    [[nodiscard]] const Credentials* acting() const { return acting_as_; }

    /// A regular file that is there. `flags` without O_CREAT; a FIFO is not waited for. Fails with ENOENT, or with words.
    [[nodiscard]] Result<UniqueFd> open_existing(const std::string& name, int flags);
    /// The same, or a new file (0600).
    [[nodiscard]] Result<UniqueFd> open_or_create(const std::string& name, int flags);
    /// A plain file with one link that root left in a directory of another user, where talosd has that user's rights: the user may rename it.
    [[nodiscard]] bool left_by_root(const std::string& name) const;
    /// A new file (0600) for writing; what has the name is removed, or put aside.
    [[nodiscard]] Result<UniqueFd> create(const std::string& name);

    [[nodiscard]] std::optional<struct stat> stat(const std::string& name) const;
    /// Whether there was something of that name and it is gone now: a file is removed, a directory or a file of another user put aside.
    [[nodiscard]] bool vacate(const std::string& name);
    /// Lets the other user whose rights are in use write its file. False with talosd's own rights: a link could lead to any file then.
    [[nodiscard]] bool make_writable(const std::string& name) const;
    /// Replaces what has the name `to`: a link is not followed, a directory put aside.
    [[nodiscard]] Result<> rename(const std::string& from, const std::string& to);
    void set_times(const std::string& name, const timespec& modified) const;

private:
    Folder(std::shared_ptr<const UniqueFd> fd, const std::string& path, ActAs rights);
    [[nodiscard]] static Result<Folder> in_own(const Location& file, Use use);
    [[nodiscard]] static Result<Folder> elsewhere(const std::string& path, Use use);
    [[nodiscard]] Result<UniqueFd> open_checked(const std::string& name, int flags);
    [[nodiscard]] std::optional<std::string> complaint(const std::string& name, const struct stat& info) const;
    [[nodiscard]] Failure refusal(const std::string& name, const std::string& why) const;
    [[nodiscard]] Failure denied(const std::string& name) const;
    [[nodiscard]] Result<> check_file() const;
    [[nodiscard]] bool put_aside(const std::string& name, const std::string& why);

    std::shared_ptr<const UniqueFd> fd_;
    std::string name_;
    std::string shown_;   // of the directory, with its slash
    std::shared_ptr<OwnDirectory> own_;
    const Credentials* acting_as_ = nullptr;
    Use use_ = Use::write;
    bool rules_ = true;
    bool sticky_ = false;    // and writable by others
    bool missing_ = false;   // the descriptor is that of a directory above it
    ActAs rights_;           // goes first: the descriptor may be closed with any rights
};

}   // namespace talos::posix
