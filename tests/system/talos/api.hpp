#pragma once
#include "system/talos/daemon.hpp"
#include <boost/json/object.hpp>
#include <string>

namespace talos::test {

struct Answer {
    int status = 0;
    std::string body;
    boost::json::object json{};   ///< empty when the body is none
    /// The only result's "outcome", and its "reason".
    [[nodiscard]] std::string outcome() const;
    [[nodiscard]] std::string reason() const;
};

/// Asks the daemon's control socket, through curl.
[[nodiscard]] Answer call(const Daemon& daemon, const std::string& method, const std::string& target);

/// The same without waiting for the answer.
class Call {
public:
    Call(const Daemon& daemon, const std::string& method, const std::string& target);
    [[nodiscard]] bool answered() { return curl_.ended().has_value(); }
    [[nodiscard]] Answer answer();
    /// What has come so far, the head left out.
    [[nodiscard]] std::string so_far() const { return curl_.out(); }

private:
    Process curl_;
};

}   // namespace talos::test
