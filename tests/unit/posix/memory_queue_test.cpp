#include "posix/children/memory_queue.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::posix;
using namespace std::chrono_literals;

namespace {

const SteadyTime t0{};

std::vector<pid_t> order(MemoryQueue& queue) {
    std::vector<pid_t> pids;
    for (const auto& of : queue.batch()) pids.push_back(of.pid);
    return pids;
}

}   // namespace

TEST_CASE("memory queue: the given users come first and others as they were added") {
    MemoryQueue queue({0, 7});
    queue.add({11, 1, 1000}, t0);
    queue.add({12, 1, 7}, t0);
    queue.add({13, 1, 0}, t0);
    queue.add({14, 1, 1001}, t0);
    queue.add({15, 1, 7}, t0);
    CHECK(order(queue) == std::vector<pid_t>{13, 12, 15, 11, 14});
}

TEST_CASE("memory queue: once a process hangs its user's come after those of all others") {
    MemoryQueue queue({1000});
    queue.add({11, 1, 1000}, t0);
    queue.add({12, 1, 1000}, t0);
    queue.add({13, 1, 1001}, t0);
    queue.stalled(11, t0);
    CHECK(order(queue) == std::vector<pid_t>{13, 12, 11});
    queue.stalled(12, t0);
    queue.stalled(12, t0);
    CHECK(order(queue) == std::vector<pid_t>{13, 11, 12});
    queue.add({14, 1, 1000}, t0);
    CHECK(order(queue) == std::vector<pid_t>{13, 14, 11, 12});
}

TEST_CASE("memory queue: each attempt may take longer and hundreds of first attempts fit into seconds") {
    MemoryQueue queue;
    queue.add({11, 1, 1000}, t0);
    const auto first = queue.patience(11);
    CHECK(first * 40 <= 1s);
    queue.stalled(11, t0);
    const auto second = queue.patience(11);
    queue.stalled(11, t0);
    const auto third = queue.patience(11);
    CHECK(first < second);
    CHECK(second < third);
    for (int i = 0; i < 5; ++i) queue.stalled(11, t0);
    CHECK(queue.patience(11) == third);
}

TEST_CASE("memory queue: a user is suspected for a minute after the last process of it hung") {
    MemoryQueue queue;
    queue.add({11, 1, 1000}, t0);
    CHECK_FALSE(queue.suspects(1000, t0));
    queue.stalled(11, t0);
    CHECK(queue.suspects(1000, t0 + 59s));
    CHECK_FALSE(queue.suspects(1001, t0));
    CHECK_FALSE(queue.suspects(1000, t0 + 61s));
    queue.stalled(12, t0);   // not in it
    CHECK_FALSE(queue.suspects(1000, t0 + 61s));
}

TEST_CASE("memory queue: what has waited too long is taken out and what was answered is not read again") {
    MemoryQueue queue;
    queue.add({11, 1, 1000}, t0);
    queue.add({12, 1, 1000}, t0 + 1s);
    queue.add({13, 1, 1000}, t0 + 2s);
    queue.remove(12);
    CHECK_FALSE(queue.contains(12));
    CHECK(queue.take_waiting_since(t0 + 1s) == std::vector<MemoryOf>{{11, 1, 1000}});
    CHECK(order(queue) == std::vector<pid_t>{13});
    queue.add({13, 2, 1000}, t0 + 3s);   // the number means another process now
    CHECK(queue.batch() == std::vector<MemoryOf>{{13, 2, 1000}});
}
