#pragma once
#include "posix/rights/unique_fd.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace talos::test {

/// What to run. The environment is the test's own without TALOS_* and XDG_CONFIG_HOME, plus `env`.
struct Command {
    std::vector<std::string> argv;
    std::vector<std::pair<std::string, std::string>> env = {};
    std::string cwd = {};        ///< empty: the test's own
    std::string terminal = {};   ///< a pty's slave: stdin, stdout, stderr, and the controlling terminal of a new session
    bool new_session = false;    ///< without a controlling terminal
    std::function<void()> before_exec = {};   ///< in the child: limits, user IDs
};

/// A child of this test. What it writes goes to files (unless it has a terminal). It dies with the object, and with the test.
class Process {
public:
    explicit Process(const Command& command);
    Process(Process&&) noexcept = default;
    Process& operator=(Process&&) = delete;
    ~Process();

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const;
    /// What a shell would report: the code, or 128 + signal. Nothing while it runs.
    [[nodiscard]] std::optional<int> ended();
    /// The same, once it has ended; fails the test when it does not.
    [[nodiscard]] int wait(std::chrono::milliseconds limit = patience);
    [[nodiscard]] std::string out() const { return read_text(files_->path() + "/out"); }
    [[nodiscard]] std::string err() const { return read_text(files_->path() + "/err"); }

private:
    std::unique_ptr<TemporaryDirectory> files_;
    pid_t pid_ = 0;
    posix::UniqueFd pidfd_;
    std::optional<int> code_;
};

struct Finished {
    int code;
    std::string out;
    std::string err;
};
/// Runs it to its end.
[[nodiscard]] Finished run(const Command& command, std::chrono::milliseconds limit = patience);

/// The absolute path of a program of the system, from /usr/bin, /usr/sbin and PATH; fails the test when it is not installed.
[[nodiscard]] std::string installed(const std::string& name);

/// setuid, setgid and no groups, for `before_exec`: from here on an ordinary user.
void become(uid_t id);
[[nodiscard]] bool is_root();
inline constexpr uid_t nobody = 65534;

}   // namespace talos::test
