#include "engine/supervisor/unseen.hpp"
#include "support/catch.hpp"

using talos::engine::Unseen;

TEST_CASE("unseen children: looked at in the order in which they were found, each once") {
    Unseen unseen;
    CHECK(unseen.empty());
    CHECK_FALSE(unseen.take());
    unseen.found(30, 1);
    unseen.found(10, 2);
    unseen.found(20, 3);
    CHECK(unseen.all().size() == 3);
    CHECK(unseen.take() == std::pair(pid_t{30}, std::uint64_t{1}));
    CHECK_FALSE(unseen.knows(30));
    CHECK(unseen.knows(10));
    CHECK(unseen.take() == std::pair(pid_t{10}, std::uint64_t{2}));
    CHECK(unseen.take() == std::pair(pid_t{20}, std::uint64_t{3}));
    CHECK(unseen.empty());
}

TEST_CASE("unseen children: whether those that were there at a moment were all looked at, however many have come since") {
    Unseen unseen;
    for (pid_t pid = 1; pid <= 5; ++pid) unseen.found(100 + pid, static_cast<std::uint64_t>(pid));
    const std::uint64_t then = 3;
    CHECK(unseen.any_up_to(then));
    (void)unseen.take();
    (void)unseen.take();
    CHECK(unseen.any_up_to(then));
    (void)unseen.take();
    CHECK_FALSE(unseen.any_up_to(then));
    unseen.found(200, 6);
    CHECK_FALSE(unseen.any_up_to(then));
    CHECK(unseen.any_up_to(4));
}

TEST_CASE("unseen children: one that was reaped is no longer waited for, and its PID may come again as another's") {
    Unseen unseen;
    unseen.found(10, 1);
    unseen.found(20, 2);
    unseen.gone(10);
    CHECK_FALSE(unseen.any_up_to(1));
    unseen.found(10, 3);
    CHECK(unseen.take() == std::pair(pid_t{20}, std::uint64_t{2}));
    CHECK(unseen.take() == std::pair(pid_t{10}, std::uint64_t{3}));
    CHECK_FALSE(unseen.take());
    unseen.found(40, 4);
    unseen.gone(40);
    CHECK(unseen.empty());
    CHECK_FALSE(unseen.any_up_to(4));
    unseen.found(50, 5);
    unseen.clear();
    CHECK_FALSE(unseen.take());
}
