#include "posix/files/file.hpp"
#include "posix/files/file_lock.hpp"
#include "support.hpp"

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

UniqueFd open_lock(const TemporaryDirectory& dir, int flags = O_RDWR | O_CREAT) {
    return open_file(dir / "daemon.pid", flags, 0600).value();
}

}   // namespace

TEST_CASE("lock: the second opener is told that it is held, and asking takes nothing") {
    const TemporaryDirectory dir;
    const auto first = open_lock(dir);
    const auto second = open_lock(dir);
    CHECK(query_lock(second).value() == LockState::free);
    CHECK(query_lock(second).value() == LockState::free);
    CHECK(try_lock(first).value() == LockState::free);
    CHECK(query_lock(second).value() == LockState::held);
    CHECK(try_lock(second).value() == LockState::held);
    CHECK(try_lock(first).value() == LockState::free);   // ours already
}

TEST_CASE("lock: a read-only descriptor may ask") {
    const TemporaryDirectory dir;
    const auto owner = open_lock(dir);
    const auto reader = open_lock(dir, O_RDONLY);
    CHECK(query_lock(reader).value() == LockState::free);
    REQUIRE(try_lock(owner).value() == LockState::free);
    CHECK(query_lock(reader).value() == LockState::held);
}

TEST_CASE("lock: closing another descriptor of the same file does not lose it") {
    const TemporaryDirectory dir;
    const auto owner = open_lock(dir);
    REQUIRE(try_lock(owner).value() == LockState::free);
    open_lock(dir).reset();
    CHECK(query_lock(open_lock(dir)).value() == LockState::held);
}

TEST_CASE("lock: it ends with the process that held it, however that ended") {
    const TemporaryDirectory dir;
    const auto observer = open_lock(dir);
    auto pipe = make_pipe().value();
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        ::alarm(60);
        const auto own = open_file(dir / "daemon.pid", O_RDWR);
        const bool locked = own && try_lock(*own) && ::write(pipe.write.get(), "locked\n", 7) == 7;
        while (locked) ::pause();
        ::_exit(1);
    }
    CHECK(read_line(pipe.read) == "locked");
    CHECK(query_lock(observer).value() == LockState::held);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    CHECK(query_lock(observer).value() == LockState::free);
}

TEST_CASE("lock: what cannot be locked is a failure, not an answer") {
    const TemporaryDirectory dir;
    open_lock(dir).reset();
    CHECK(try_lock(open_lock(dir, O_RDONLY)).error().errno_value() == EBADF);
    CHECK(query_lock(UniqueFd{}).error().errno_value() == EBADF);
}
