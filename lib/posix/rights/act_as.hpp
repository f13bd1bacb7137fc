// posix/rights: Owned descriptors, credentials of users, and acting with the rights of another user.
// The lowest room with system calls.
// Begin with unique_fd.hpp and act_as.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/rights/child_attributes.hpp"
#include <sys/types.h>

/// Lets root access files with the rights of another user. Only the calling thread changes; talosd has one thread.
namespace talos::posix {

/// The rights of a user, looked up once for each uid. A uid without an account gets the group `nogroup` only: it may not be a
/// member of the group of its directory.
[[nodiscard]] const Credentials& file_rights_of(uid_t uid);

/// The default lookup reads /etc/passwd and /etc/group. A program that can use other databases sets its own function.
using CredentialsLookup = Credentials (*)(uid_t uid);
void look_up_credentials_with(CredentialsLookup lookup);

/// The user whose files and directories count as talosd's own: that of this process, or the one that it had before become().
[[nodiscard]] uid_t own_user();

/// Gives up root's rights for these, for good and in every respect; whatever the process had a descriptor of stays usable. The rules for files
/// stay those that root has: what lies in a directory of any other user than this one is refused from here on. Nothing is changed for a process
/// that has this user already. Fails with the system's words; the process must end then.
[[nodiscard]] Result<> become(const Credentials& rights);

/// While it lives, files are opened, made, renamed and removed with these rights: file system uid and gid, supplementary groups, and
/// none of root's capabilities over files. Scopes do not nest, and no process may be started within one.
class ActAs {
public:
    /// Fails when the kernel did not take all of it over; nothing is changed then. After become() it changes nothing, and fails for any other user.
    [[nodiscard]] static Result<ActAs> enter(const Credentials& rights);
    /// Changes nothing: keeps talosd's own rights.
    [[nodiscard]] static ActAs none() { return ActAs(false); }
    /// The same, for what is talosd's own. Fails after become().
    [[nodiscard]] static Result<ActAs> as_self();
    ActAs(ActAs&& other) noexcept;
    ActAs& operator=(ActAs&&) = delete;
    ~ActAs();

private:
    explicit ActAs(bool active) : active_(active) {}
    bool active_;
};

}   // namespace talos::posix
