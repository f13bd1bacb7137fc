#include "http/server/turns.hpp"
#include "support/catch.hpp"
#include <array>
#include <thread>

using namespace std::chrono_literals;
using talos::http::Turns;
namespace asio = talos::aio::asio;

namespace {

/// Wants so many parts, each of which takes a while.
struct Stream {
    int left = 3;
    std::string* order = nullptr;
    char name = '?';
    std::chrono::milliseconds part{3};

    void go(Turns& turns) {
        while (left > 0) {
            if (!turns.take(this, [this, &turns] { go(turns); })) return;
            std::this_thread::sleep_for(part);
            *order += name;
            --left;
        }
    }
};

}   // namespace

TEST_CASE("turns: who is alone and does little never waits, and the loop has nothing to do for it") {
    asio::io_context loop{1};
    Turns turns(loop.get_executor());
    int who = 0;
    CHECK(turns.take(&who, [] {}));
    CHECK(turns.waiting() == 0);
    CHECK(loop.poll() == 0);
}

TEST_CASE("turns: sixty streams that all have something do a few parts in one turn of the loop, and all in the end") {
    asio::io_context loop{1};
    Turns turns(loop.get_executor());
    std::string order;
    std::array<Stream, 60> streams;
    for (auto& stream : streams) stream = {1, &order, 's', 3ms};
    for (auto& stream : streams) stream.go(turns);
    CHECK(order.size() < 10);
    CHECK(turns.waiting() > 50);
    for (std::size_t before = order.size(); turns.waiting() > 0; before = order.size()) {
        loop.restart();
        REQUIRE(loop.poll_one() == 1);
        CHECK(order.size() > before);
        CHECK(order.size() < before + 10);
    }
    CHECK(order.size() == 60);
}

TEST_CASE("turns: first come, first served") {
    asio::io_context loop{1};
    Turns turns(loop.get_executor(), 0ms);
    std::string order;
    Stream a{3, &order, 'a', 0ms};
    Stream b{3, &order, 'b', 0ms};
    Stream c{3, &order, 'c', 0ms};
    a.go(turns);
    b.go(turns);
    c.go(turns);
    loop.run();
    CHECK(order == "aabcabcbc");
}

TEST_CASE("turns: who has left holds up nobody") {
    asio::io_context loop{1};
    Turns turns(loop.get_executor(), 0ms);
    std::string order;
    Stream a{2, &order, 'a', 0ms};
    Stream b{2, &order, 'b', 0ms};
    int gone = 0;
    a.go(turns);
    CHECK_FALSE(turns.take(&gone, [] { FAIL("it has left"); }));
    b.go(turns);
    turns.leave(&gone);
    loop.run();
    CHECK(order == "aabb");
}
