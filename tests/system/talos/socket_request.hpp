#pragma once
#include "posix/rights/unique_fd.hpp"
#include "system/talos/api.hpp"
#include <string>

namespace talos::test {

/// One request to a daemon's control socket on a connection of its own, without a process for it: many can be under way at once.
class SocketRequest {
public:
    SocketRequest(const Daemon& daemon, const std::string& method, const std::string& target);

    /// Takes what has come; true once the answer is there or there will be none.
    [[nodiscard]] bool done();
    /// Status 0 when the connection was refused or ended early.
    [[nodiscard]] Answer answer() const;

private:
    posix::UniqueFd socket_;
    std::string text_;
    bool ended_ = false;
};

}   // namespace talos::test
