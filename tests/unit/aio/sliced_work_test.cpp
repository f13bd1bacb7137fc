#include "aio/sliced_work.hpp"
#include "support/catch.hpp"
#include <string>
#include <thread>

using namespace talos;
using namespace std::chrono_literals;
using aio::SlicedWork;

namespace {

/// Takes so long, a millisecond at a time.
SlicedWork::Step working(std::chrono::milliseconds length, std::string& order, char name) {
    return [=, &order, left = length](SteadyTime end) mutable {
        do {
            std::this_thread::sleep_for(1ms);
            order += name;
            left -= 1ms;
        } while (left > 0ms && std::chrono::steady_clock::now() < end);
        return left <= 0ms;
    };
}

int owners[3];

}   // namespace

TEST_CASE("sliced work: what is small is done at once, and the loop has nothing to do for it") {
    aio::asio::io_context loop{1};
    SlicedWork work(loop.get_executor());
    int done = 0;
    work.add(&owners[0], [&](SteadyTime) { return ++done == 1; });
    CHECK(done == 1);
    CHECK_FALSE(work.has(&owners[0]));
    CHECK(loop.poll() == 0);
}

TEST_CASE("sliced work: what is large goes on in later turns, between which the loop does other things") {
    aio::asio::io_context loop{1};
    SlicedWork work(loop.get_executor());
    std::string order;
    work.add(&owners[0], working(100ms, order, 'a'));
    CHECK(order.size() < 50);
    int turns = 0;
    while (work.has(&owners[0])) {
        loop.restart();
        const auto before = order.size();
        REQUIRE(loop.poll_one() == 1);
        CHECK(order.size() < before + 50);
        ++turns;
    }
    CHECK(turns > 1);
    CHECK(order == std::string(100, 'a'));
}

TEST_CASE("sliced work: many small ones of one turn are not done at once either") {
    aio::asio::io_context loop{1};
    SlicedWork work(loop.get_executor());
    std::string order;
    for (int i = 0; i < 3; ++i) work.add(&owners[i], working(15ms, order, static_cast<char>('a' + i)));
    CHECK(order.size() < 45);
    loop.run();
    CHECK(order.size() == 45);
}

TEST_CASE("sliced work: an owner's work is done in order, and owners take turns") {
    aio::asio::io_context loop{1};
    SlicedWork work(loop.get_executor());
    std::string order;
    work.add(&owners[0], working(30ms, order, 'a'));
    work.add(&owners[0], working(5ms, order, 'b'));
    work.add(&owners[1], working(5ms, order, 'c'));
    loop.run();
    CHECK(order.find('b') > order.rfind('a'));
    CHECK(order.rfind('c') < order.rfind('a'));
}

TEST_CASE("sliced work: what was dropped is not done, also by a step of its own") {
    aio::asio::io_context loop{1};
    SlicedWork work(loop.get_executor());
    std::string order;
    work.add(&owners[0], working(50ms, order, 'a'));
    work.drop(&owners[0]);
    CHECK_FALSE(work.has(&owners[0]));
    const auto before = order;
    loop.run();
    CHECK(order == before);
    work.add(&owners[1], [&](SteadyTime) {
        work.add(&owners[1], working(1ms, order, 'b'));   // behind it
        work.drop(&owners[1]);
        return false;
    });
    loop.restart();
    loop.run();
    CHECK_FALSE(work.has(&owners[1]));
    CHECK(order == before);
}
