#include "aio/bounded_writer.hpp"
#include "posix/processes/descriptors.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace talos;

namespace {

std::string read_some(int fd) {
    std::string text(1 << 20, '\0');
    const ssize_t count = ::read(fd, text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

}   // namespace

TEST_CASE("bounded writer: a pipe that nobody reads costs lines, marked when it is read again, and never blocks") {
    aio::asio::io_context io{1};
    auto pipe = posix::make_pipe();
    REQUIRE(pipe.has_value());
    aio::BoundedWriter writer(io.get_executor(), pipe->write.get());
    const std::string line(99, 'x');
    for (int n = 0; n < 10'000; ++n) writer.write(line + "\n");   // a megabyte: far beyond pipe and queue
    std::string all;
    for (int round = 0; round < 1000; ++round) {
        all += read_some(pipe->read.get());
        io.poll();
        io.restart();
    }
    writer.write("after\n");
    all += read_some(pipe->read.get());
    CHECK(all.ends_with(" lines were not shown, the terminal did not take them\nafter\n"));
    CHECK(all.size() < 500'000);
    CHECK(all.size() > 256'000);
}

TEST_CASE("bounded writer: the descriptor that others share stays a blocking one") {
    aio::asio::io_context io{1};
    auto pipe = posix::make_pipe();
    REQUIRE(pipe.has_value());
    aio::BoundedWriter writer(io.get_executor(), pipe->write.get());
    writer.write("x\n");
    CHECK((::fcntl(pipe->write.get(), F_GETFL) & O_NONBLOCK) == 0);
    CHECK(read_some(pipe->read.get()) == "x\n");
}

TEST_CASE("bounded writer: a reader that is gone ends the view, nothing else") {
    std::signal(SIGPIPE, SIG_IGN);
    aio::asio::io_context io{1};
    auto pipe = posix::make_pipe();
    REQUIRE(pipe.has_value());
    aio::BoundedWriter writer(io.get_executor(), pipe->write.get());
    pipe->read.reset();
    writer.write("x\n");
    writer.write("y\n");
    writer.finish(std::chrono::milliseconds{0});
    CHECK(io.poll() == 0);
}

TEST_CASE("bounded writer: files are written where their offset stands") {
    aio::asio::io_context io{1};
    test::TemporaryDirectory dir;
    const posix::UniqueFd file(::open((dir / "out").c_str(), O_WRONLY | O_CREAT, 0600));
    REQUIRE(::write(file.get(), "before\n", 7) == 7);
    aio::BoundedWriter writer(io.get_executor(), file.get());
    writer.write("after\n");
    CHECK(test::read_text(dir / "out") == "before\nafter\n");
}

TEST_CASE("bounded writer: a socket is written without waiting for its peer") {
    aio::asio::io_context io{1};
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const posix::UniqueFd ours(ends[0]);
    const posix::UniqueFd theirs(ends[1]);
    aio::BoundedWriter writer(io.get_executor(), ours.get());
    for (int n = 0; n < 20'000; ++n) writer.write(std::string(99, 'y') + "\n");
    CHECK(read_some(theirs.get()).starts_with("yyy"));
}
