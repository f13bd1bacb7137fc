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

/// While this object exists, files are opened, created, renamed and removed with these rights: file system uid and gid,
/// supplementary groups, and without root's capabilities for files. Scopes cannot be nested, and no process may be started in
/// one.
class ActAs {
public:
    /// Fails if the kernel did not apply all rights; then nothing has changed.
    [[nodiscard]] static Result<ActAs> enter(const Credentials& rights);
    /// Changes nothing: keeps talosd's own rights.
    [[nodiscard]] static ActAs none() { return ActAs(false); }
    ActAs(ActAs&& other) noexcept;
    ActAs& operator=(ActAs&&) = delete;
    ~ActAs();

private:
    explicit ActAs(bool active) : active_(active) {}
    bool active_;
};

}   // namespace talos::posix
