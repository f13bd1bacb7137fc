#include "posix/processes/ending.hpp"
#include "support/catch.hpp"
#include <string>
#include <unistd.h>

using talos::posix::says_ending;

namespace {

/// /proc/PID/stat as far as it counts here.
std::string stat(char state, unsigned flags, const std::string& name = "talosd") {
    return "7 (" + name + ") " + state + " 1 7 7 0 -1 " + std::to_string(flags) + " 0 0";
}

std::string status(const std::string& own, const std::string& shared) {
    return "Name:\ttalosd\nState:\tS (sleeping)\nSigQ:\t0/1\nSigPnd:\t" + own + "\nShdPnd:\t" + shared +
           "\nSigBlk:\t0000000000000100\n";
}

const std::string none(16, '0');

}   // namespace

TEST_CASE("ending: SIGKILL that is pending, and nothing else that is") {
    CHECK(says_ending(stat('S', 0x400000), status("0000000000000100", none)));
    CHECK(says_ending(stat('R', 0x400000), status(none, "0000000000000102")));
    CHECK_FALSE(says_ending(stat('T', 0x400000), status("0000000000004000", "0000000000004000")));   // SIGTERM
    CHECK_FALSE(says_ending(stat('S', 0x400000), status(none, none)));
}

TEST_CASE("ending: a core dump and the way through exit, but no zombie") {
    CHECK(says_ending(stat('D', 0x400200), status(none, none)));
    CHECK(says_ending(stat('R', 0x400400), status(none, none)));
    CHECK(says_ending(stat('R', 0x400004), {}));
    CHECK_FALSE(says_ending(stat('Z', 0x40000c), status(none, "0000000000000100")));
}

TEST_CASE("ending: a process cannot name itself into it, and what cannot be read says nothing") {
    CHECK_FALSE(says_ending(stat('S', 0, "x) R 1 7 7 0 -1 4"), status(none, none)));
    CHECK_FALSE(says_ending({}, {}));
    CHECK_FALSE(says_ending("7 (talosd", "Name:\ttalosd\nSigPnd:"));
    CHECK_FALSE(says_ending("7 (talosd) S", "Name:\ttalosd\nSigPnd:\t"));
    CHECK_FALSE(talos::posix::is_ending(::getpid()));
    CHECK_FALSE(talos::posix::is_ending(0));
}
