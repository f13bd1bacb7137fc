#include "support/catch.hpp"
#include "worker/data/pause_news.hpp"

using namespace talos;
using namespace talos::worker;
using namespace std::chrono_literals;

namespace {

constexpr SteadyTime t0{1000s};

/// How much of so many pauses and their ends is told.
int told(PauseNews& news, int pairs, SteadyTime now) {
    int count = 0;
    for (int pair = 0; pair < pairs; ++pair) {
        count += news.heard(true, now);
        count += news.heard(false, now);
    }
    return count;
}

}   // namespace

TEST_CASE("pause news: the first ones are told, each with its end, and all others once a minute") {
    PauseNews news(t0);
    CHECK(told(news, 1220, t0) == 40);
    REQUIRE(news.due() == t0 + 1min);
    CHECK(told(news, 1, t0 + 30s) == 2);   // some are told again with time
    CHECK(news.due() == t0 + 1min);
    CHECK(news.take(false) == "paused and resumed 1200 more times in the last minute");
    CHECK_FALSE(news.due());
    CHECK(told(news, 100, t0 + 61s) < 20);
    CHECK(news.due() == t0 + 121s);
}

TEST_CASE("pause news: what is told last is how the process is") {
    PauseNews news(t0);
    (void)told(news, 20, t0);
    CHECK_FALSE(news.heard(true, t0));
    CHECK(news.take(true) == "paused and resumed 1 more time in the last minute");
    CHECK(news.heard(false, t0 + 1min));   // its end is told, although its beginning was only counted
    (void)told(news, 100, t0 + 1min);
    CHECK_FALSE(news.heard(true, t0 + 1min));
    CHECK_FALSE(news.heard(false, t0 + 1min));
}

TEST_CASE("pause news: the end of a pause that a command made is told") {
    PauseNews news(t0);
    (void)told(news, 100, t0);
    news.commanded(true);
    CHECK(news.heard(false, t0));
    CHECK_FALSE(news.heard(true, t0));
    news.commanded(false);
    CHECK_FALSE(news.heard(false, t0));
}
