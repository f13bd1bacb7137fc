#include "posix/processes/usage.hpp"
#include "support.hpp"
#include <unistd.h>

using namespace talos;
using namespace talos::posix;

TEST_CASE("usage: the processes are read one by one where there is no time for more, and all are there in the end") {
    StatsReader reader;
    std::size_t before = 0;
    int steps = 1;
    for (; !reader.read_until(SteadyTime::min()); ++steps) {
        CHECK(reader.all().size() <= before + 1);
        before = reader.all().size();
        REQUIRE(steps < 100'000);
    }
    CHECK(steps >= static_cast<int>(reader.all().size()));
    const auto own = reader.all().find(::getpid());
    REQUIRE(own != reader.all().end());
    CHECK(own->second.ppid == ::getppid());
    CHECK(reader.all().contains(::getppid()));
}
