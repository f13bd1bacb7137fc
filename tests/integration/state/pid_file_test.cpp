#include "state/pid_file.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace talos;
using namespace talos::state;
using namespace talos::test;

TEST_CASE("PID file: locked for as long as the holder lives, and readers see it without taking anything") {
    const TemporaryDirectory dir;
    const auto path = dir / "daemon.pid";
    CHECK_FALSE(read_pid_file(path).value().exists);
    {
        auto file = PidFile::acquire(path);
        REQUIRE(file);
        CHECK(read_pid_file(path).value().locked);
        CHECK_FALSE(read_pid_file(path).value().pid);   // locked, not written yet
        REQUIRE(file->write(4242));
        for (int look = 0; look < 3; ++look) {
            const auto state = read_pid_file(path);
            REQUIRE(state);
            CHECK(state->locked);
            CHECK(state->pid == 4242);
        }
        const auto second = PidFile::acquire(path);
        REQUIRE_FALSE(second);
        CHECK(second.error().errno_value() == EWOULDBLOCK);
    }
    const auto left = read_pid_file(path);   // a crash and an exec look like this
    REQUIRE(left);
    CHECK(left->exists);
    CHECK_FALSE(left->locked);
    CHECK(left->pid == 4242);
}

TEST_CASE("PID file: written in place, a longer PID before leaves nothing behind") {
    const TemporaryDirectory dir;
    const auto path = dir / "daemon.pid";
    write_text(path, "4194304\nand more");
    struct stat before {};
    REQUIRE(::stat(path.c_str(), &before) == 0);
    auto file = PidFile::acquire(path);
    REQUIRE(file);
    REQUIRE(file->write(7));
    CHECK(read_text(path) == "7\n");
    struct stat after {};
    REQUIRE(::stat(path.c_str(), &after) == 0);
    CHECK(after.st_ino == before.st_ino);
}

TEST_CASE("PID file: removed while still locked, a file that somebody else put there stays") {
    const TemporaryDirectory dir;
    const auto path = dir / "daemon.pid";
    auto file = PidFile::acquire(path);
    REQUIRE(file);
    REQUIRE(file->remove());
    CHECK_FALSE(exists(path));
    write_text(path, "99\n");
    REQUIRE(file->remove());
    CHECK(read_text(path) == "99\n");
    CHECK(PidFile::acquire(path));   // another file, another lock
}

TEST_CASE("PID file: mode 0600 from the start") {
    const TemporaryDirectory dir;
    const mode_t before = ::umask(0);
    const auto file = PidFile::acquire(dir / "daemon.pid");
    ::umask(before);
    REQUIRE(file);
    struct stat info {};
    REQUIRE(::stat((dir / "daemon.pid").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777u) == 0600u);
}

TEST_CASE("PID file: what is no regular file is named, not waited for and not followed") {
    const TemporaryDirectory dir;
    const auto path = dir / "daemon.pid";
    const auto kind = GENERATE(as<std::string>{}, "a directory", "a FIFO", "a symbolic link", "a socket");
    if (kind == "a directory") std::filesystem::create_directory(path);
    if (kind == "a FIFO") REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    if (kind == "a symbolic link") std::filesystem::create_symlink(dir / "elsewhere", path);
    if (kind == "a socket") REQUIRE(::mknod(path.c_str(), S_IFSOCK | 0600, 0) == 0);
    CAPTURE(kind);
    const auto acquired = PidFile::acquire(path);
    REQUIRE_FALSE(acquired);
    CHECK(acquired.error().errno_value() == EINVAL);
    CHECK(acquired.error().what.find(path + " is " + kind) == 0);
    const auto read = read_pid_file(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().errno_value() == EINVAL);
    CHECK(read.error().what.find(path + " is " + kind) == 0);
    CHECK_FALSE(exists(dir / "elsewhere"));
}

TEST_CASE("PID file: a directory that is not there is an error for the daemon and nothing for a reader") {
    const TemporaryDirectory dir;
    CHECK(PidFile::acquire(dir / "none/daemon.pid").error().errno_value() == ENOENT);
    CHECK_FALSE(read_pid_file(dir / "none/daemon.pid").value().exists);
}
