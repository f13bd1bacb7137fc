#pragma once
#include "support/paths.hpp"
#include "support/temporary_directory.hpp"
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace talos::test {

/// Processes with uid 65534 whose environment and arguments cannot be read: a read blocks until they end
/// (tests/programs/hold_memory.c). They are killed when the object is destroyed.
class HeldMemory {
public:
    explicit HeldMemory(int count) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) < 0) return;
        const auto place = directory_.path();
        const auto number = std::to_string(count);
        holder_ = ::fork();
        if (holder_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(ends[1], STDOUT_FILENO);
            ::execl(program("hold_memory").c_str(), "hold_memory", place.c_str(), number.c_str(), nullptr);
            ::_exit(77);
        }
        ::close(ends[1]);
        std::FILE* lines = ::fdopen(ends[0], "r");
        char line[64];
        while (std::fgets(line, sizeof line, lines) != nullptr) {
            const std::string text(line);
            pid_t pid = 0;
            std::from_chars(text.data(), text.data() + text.size(), pid);
            if (pid > 0) pids_.push_back(pid);
            ready_ = text == "ready\n";
            if (ready_) break;
        }
        std::fclose(lines);
    }
    HeldMemory(const HeldMemory&) = delete;
    HeldMemory& operator=(const HeldMemory&) = delete;
    ~HeldMemory() {
        if (holder_ <= 0) return;
        ::kill(holder_, SIGKILL);
        ::waitpid(holder_, nullptr, 0);
        // The server of their file system is killed with the holder; then they can end. If this process is a subreaper, it adopts
        // them.
        const auto ended = [](pid_t pid) {
            const pid_t reaped = ::waitpid(pid, nullptr, WNOHANG);
            return reaped == pid || (reaped < 0 && ::kill(pid, 0) != 0);
        };
        for (const pid_t pid : pids_)
            for (int i = 0; i < 2000 && !ended(pid); ++i) ::usleep(1000);
    }
    /// False if the environment does not support it: no root, or no FUSE.
    [[nodiscard]] bool works() const { return ready_; }
    [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

private:
    TemporaryDirectory directory_;
    pid_t holder_ = -1;
    std::vector<pid_t> pids_;
    bool ready_ = false;
};

}   // namespace talos::test
