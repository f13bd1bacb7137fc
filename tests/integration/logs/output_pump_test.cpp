#include "logs/write/output_pump.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/descriptors.hpp"
#include "support/catch.hpp"
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <memory>

using namespace talos;

namespace {

struct Pumped {
    aio::asio::io_context io{1};
    posix::UniqueFd write_end;
    std::string got;
    int blocks = 0;
    logs::Flow flow = logs::Flow::on;
    std::unique_ptr<logs::OutputPump> pump;

    Pumped() {
        auto pipe = posix::make_pipe();
        REQUIRE(pipe.has_value());
        write_end = std::move(pipe->write);
        pump = std::make_unique<logs::OutputPump>(io.get_executor(), std::move(pipe->read), [this](std::string_view bytes) {
            got += bytes;
            ++blocks;
            return flow;
        });
    }
    void put(std::string_view bytes) { REQUIRE(posix::write_all(write_end.get(), bytes, "pipe").has_value()); }
};

}   // namespace

TEST_CASE("output pump: everything arrives, end of file ends it") {
    Pumped p;
    p.put("one ");
    p.io.poll();
    p.put("two");
    p.write_end.reset();
    p.io.run();   // returns: nothing is waited for any more
    CHECK(p.got == "one two");
    CHECK_FALSE(p.pump->open());
}

TEST_CASE("output pump: more than a block is read to its end") {
    Pumped p;
    REQUIRE(::fcntl(p.write_end.get(), F_SETPIPE_SZ, 256 * 1024) > 0);
    const std::string big(200'000, 'x');
    p.put(big);
    p.write_end.reset();
    p.io.run();
    CHECK(p.got == big);
}

TEST_CASE("output pump: drain gives what stands in the pipe at once, and does not wait for the end") {
    Pumped p;
    p.put("last words");
    p.pump->drain();
    CHECK(p.got == "last words");
    CHECK(p.pump->open());
    p.pump->drain();
    CHECK(p.got == "last words");
}

TEST_CASE("output pump: destroyed while its completion is queued, nothing is called any more") {
    Pumped p;
    Pumped other;
    p.put("x");
    aio::asio::post(p.io, [&p] { p.pump.reset(); });
    p.io.poll();
    SUCCEED();
}

TEST_CASE("output pump: after `wait` nothing is read until it is resumed, and nothing is lost") {
    Pumped p;
    p.flow = logs::Flow::wait;
    p.put("one ");
    p.io.poll();
    p.put("two");
    p.io.restart();
    p.io.poll();
    CHECK(p.got == "one ");
    p.flow = logs::Flow::on;
    p.pump->resume();
    p.io.restart();
    p.io.poll();
    CHECK(p.got == "one two");
}

TEST_CASE("output pump: last words are read though nobody wants more") {
    Pumped p;
    p.flow = logs::Flow::wait;
    p.put("one ");
    p.io.poll();
    p.put("two");
    p.write_end.reset();
    p.pump->drain();
    CHECK(p.got == "one two");
    CHECK_FALSE(p.pump->open());
}

TEST_CASE("output pump: whoever writes much gets one block a turn as long as another one writes, too") {
    Pumped p;
    Pumped other;
    const std::string much(256 * 1024, 'x');
    for (auto* one : {&p, &other}) REQUIRE(::fcntl(one->write_end.get(), F_SETPIPE_SZ, 512 * 1024) > 0);
    p.put(much);
    other.put(much);
    for (int turn = 1; turn <= 4; ++turn) {
        for (auto* one : {&p, &other}) {
            one->io.restart();
            one->io.poll_one();
            CHECK(one->blocks == turn);
        }
    }
    p.put(much);
    p.io.restart();
    p.io.poll_one();
    p.io.restart();
    p.io.poll_one();
    CHECK(p.got.size() == 2 * much.size());   // alone it gets more
}
