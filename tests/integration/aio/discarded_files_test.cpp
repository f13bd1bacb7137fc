#include "aio/discarded_files.hpp"
#include "posix/children/discarded_file.hpp"
#include "posix/files/file.hpp"
#include "support/catch.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos;
using namespace talos::aio;

namespace {

/// A file of that size which a rotation has pushed out, and a second descriptor to look at it with, if wanted.
struct Pushed {
    Pushed(const talos::test::TemporaryDirectory& directory, std::size_t size) {
        const auto path = directory / "log.5";
        posix::UniqueFd written(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        REQUIRE(posix::write_all(written.get(), std::string(size, 'x'), path));
        written.reset();
        file = posix::hold_large(path);
        REQUIRE(file);
        reader.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        ::unlink(path.c_str());
    }
    posix::UniqueFd file;
    posix::UniqueFd reader;
};

off_t size_of(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 ? info.st_size : -1;
}

}   // namespace

TEST_CASE("discarded files: they are emptied in small steps, between which the loop does other things") {
    const talos::test::TemporaryDirectory directory;
    asio::io_context loop;
    DiscardedFiles discarded(loop.get_executor());
    Pushed pushed(directory, 4 << 20);
    pushed.reader.reset();
    const int fd = pushed.file.get();
    discarded.add(std::move(pushed.file));
    off_t before = size_of(fd);
    CHECK(before == 4 << 20);
    int steps = 0;
    while (loop.run_one() > 0 && size_of(fd) > 0) {
        CHECK(before - size_of(fd) <= 1 << 20);
        before = size_of(fd);
        ++steps;
    }
    CHECK(steps >= 4);
    loop.run();
    CHECK(::fcntl(fd, F_GETFD) == -1);   // closed, and the loop has nothing left to do
}

TEST_CASE("discarded files: one that somebody reads keeps its content") {
    const talos::test::TemporaryDirectory directory;
    asio::io_context loop;
    DiscardedFiles discarded(loop.get_executor());
    Pushed pushed(directory, 2 << 20);
    discarded.add(std::move(pushed.file));
    loop.run();
    CHECK(size_of(pushed.reader.get()) == 2 << 20);
}

TEST_CASE("discarded files: what is not done when it ends is left to the kernel") {
    const talos::test::TemporaryDirectory directory;
    asio::io_context loop;
    {
        DiscardedFiles discarded(loop.get_executor());
        for (int count = 0; count < 20; ++count) {   // more than it keeps
            Pushed pushed(directory, 1 << 20);
            pushed.reader.reset();
            discarded.add(std::move(pushed.file));
        }
        loop.run_one();
    }
    loop.run();   // the step that was asked for finds nobody
}
