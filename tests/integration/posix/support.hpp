#pragma once
#include "posix/processes/descriptors.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/spawn/spawn.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/paths.hpp"
#include "support/temporary_directory.hpp"
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace talos::posix::test {

using namespace std::chrono_literals;

using talos::test::eventually;
using talos::test::program;
using talos::test::TemporaryDirectory;

/// Reads until the other side has closed, or 20 s have passed: then the text ends in "<still open>".
inline std::string read_to_end(const UniqueFd& fd) {
    std::string text;
    char block[4096];
    for (;;) {
        pollfd entry{fd.get(), POLLIN, 0};
        if (::poll(&entry, 1, 20'000) == 0) return text + "<still open>";
        const ssize_t got = ::read(fd.get(), block, sizeof block);
        if (got > 0) text.append(block, static_cast<std::size_t>(got));
        else if (got == 0 || (errno != EAGAIN && errno != EINTR)) return text;
    }
}

/// One line without its newline; what came until the end or 20 s when there is none.
inline std::string read_line(const UniqueFd& fd) {
    std::string line;
    for (char c = 0;;) {
        pollfd entry{fd.get(), POLLIN, 0};
        if (::poll(&entry, 1, 20'000) == 0) return line + "<no newline>";
        const ssize_t got = ::read(fd.get(), &c, 1);
        if (got == 1 && c == '\n') return line;
        if (got == 1) line += c;
        else if (got == 0 || (errno != EAGAIN && errno != EINTR)) return line;
    }
}

inline ExitStatus wait_for(const UniqueFd& pidfd) {
    REQUIRE(eventually([&] { return has_ended(pidfd); }));
    const auto status = reap(pidfd);
    REQUIRE(status.has_value());
    REQUIRE(status->has_value());
    return **status;
}

/// A child that is gone when the scope is left.
class Child {
public:
    explicit Child(Spawned spawned) : spawned_(std::move(spawned)) {}
    Child(Child&& other) noexcept : spawned_(std::move(other.spawned_)) {}
    ~Child() {
        if (!spawned_.pidfd) return;
        (void)send_signal(spawned_.pidfd, SIGKILL);
        while (!has_ended(spawned_.pidfd)) std::this_thread::sleep_for(1ms);
        (void)reap(spawned_.pidfd);
    }
    [[nodiscard]] pid_t pid() const { return spawned_.pid; }
    [[nodiscard]] const UniqueFd& pidfd() const { return spawned_.pidfd; }
    [[nodiscard]] std::uint64_t start_ticks() const { return spawned_.start_ticks; }

private:
    Spawned spawned_;
};

/// One per process and method, as in talosd; made on first use.
inline Spawner& spawner(Spawner::Method method = Spawner::Method::shared_table) {
    static Spawner shared = Spawner::create(Spawner::Method::shared_table).value();
    static Spawner forking = Spawner::create(Spawner::Method::plain_fork).value();
    return method == Spawner::Method::shared_table ? shared : forking;
}

inline Child start(const SpawnRequest& request, Spawner::Method method = Spawner::Method::shared_table) {
    auto spawned = spawner(method).spawn(request);
    if (!spawned) FAIL(to_text(spawned.error()));
    return Child(std::move(*spawned));
}

/// UBSan proves by means of a pipe that an object is there at all, and takes the lack of descriptors for the lack of the object. What it
/// has seen once it remembers: to be called before descriptors are exhausted on purpose.
inline bool failures_work() {
    return failure_of(EMFILE, "").message().size() > 2 && failure_of(EMFILE, "").errno_value() == EMFILE;
}

/// Runs `body` in a forked process of its own, where it may ruin limits and descriptors; its result is the exit code.
template <class Body>
int in_process(const Body& body) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        ::alarm(60);
        ::_exit(body());
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Number and target of every open descriptor of this process.
inline std::map<int, std::string> open_descriptors() {
    std::map<int, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(entry.path(), gone);
        if (gone || target.string().find("/proc/") == 0) continue;   // that of the iteration itself
        all[std::stoi(entry.path().filename())] =
            target.string() + " " + std::to_string(::fcntl(std::stoi(entry.path().filename()), F_GETFD));
    }
    return all;
}

}   // namespace talos::posix::test
