#include "cli/logs/run_marks.hpp"
#include "support/catch.hpp"

using namespace talos::cli;

namespace {

constexpr std::int64_t ms = 1'000'000;

std::string start(int sequence, const std::string& worker, std::int64_t at, int pid, const std::string& from = "backoff") {
    return R"({"sequence":)" + std::to_string(sequence) + R"(,"at":)" + std::to_string(at) + R"(,"worker":")" + worker +
           R"(","from":")" + from + R"(","to":"starting","cause":"timer","pid":)" + std::to_string(pid) + "}";
}

unsigned number_of(RunMarks& runs, std::size_t source, std::int64_t time) {
    const auto run = runs.run_of(source, time);
    return run ? run->number : 0;
}

const std::vector<std::string> two{"web", "db"};

}   // namespace

TEST_CASE("run marks: a line belongs to the last run that began before it") {
    RunMarks runs{two, [](RunMarks&) {}, 1'000 * ms};
    runs.note(start(1, "web", 100, 11, "stopped"));
    runs.note(R"({"sequence":2,"at":150,"worker":"web","from":"starting","to":"running","cause":"timer","pid":11})");
    runs.note(start(3, "db", 160, 12));
    runs.note(start(4, "web", 200, 13));
    CHECK(number_of(runs, 0, 99 * ms) == 0);   // of one that the history no longer knows
    CHECK(number_of(runs, 0, 100 * ms) == 1);
    CHECK(number_of(runs, 0, 199 * ms) == 1);
    CHECK(number_of(runs, 0, 200 * ms + 1) == 2);
    CHECK(runs.run_of(0, 300 * ms)->pid == 13);
    CHECK(runs.run_of(0, 300 * ms)->begun == 200 * ms);
    CHECK(number_of(runs, 1, 170 * ms) == 1);
    CHECK(runs.sequence() == 4);
}

TEST_CASE("run marks: a line without a time belongs to the run of the one before it") {
    RunMarks runs{two, [](RunMarks&) {}, 1'000 * ms};
    runs.note(start(1, "web", 100, 11));
    CHECK_FALSE(runs.run_of(0, std::nullopt));
    (void)runs.run_of(0, 150 * ms);
    CHECK(runs.run_of(0, std::nullopt)->pid == 11);
    CHECK_FALSE(runs.run_of(1, std::nullopt));
}

TEST_CASE("run marks: a start that failed, talosd's own start, other workers and repeated lines count for nothing") {
    RunMarks runs{two, [](RunMarks&) {}, 1'000 * ms};
    runs.note(R"({"sequence":1,"at":50,"to":"starting","cause":"start","pid":9})");
    runs.note(R"({"sequence":2,"at":60,"worker":"web","from":"stopped","to":"starting","cause":"autostart"})");
    runs.note(start(3, "other", 70, 8));
    runs.note(start(4, "web", 100, 11));
    runs.note(start(4, "web", 100, 11));
    runs.note("torn {\"to\":\"starting\"");
    CHECK(number_of(runs, 0, 500 * ms) == 1);
}

TEST_CASE("run marks: a line newer than what is known asks the history first, once for all that are older") {
    int asked = 0;
    const auto refresh = [&](RunMarks& marks) {
        ++asked;
        marks.note(start(asked, "web", 100 * asked, 10 + asked));
    };
    RunMarks runs{two, refresh, 50 * ms};
    CHECK(number_of(runs, 0, 40 * ms) == 0);
    CHECK(asked == 0);
    CHECK(number_of(runs, 0, 120 * ms) == 1);
    CHECK(number_of(runs, 0, 110 * ms) == 1);
    CHECK(asked == 1);
    CHECK(number_of(runs, 0, 250 * ms) == 2);
    CHECK(asked == 2);
}

TEST_CASE("run marks: a clock that was set back does not turn the runs around") {
    RunMarks runs{two, [](RunMarks&) {}, 1'000 * ms};
    runs.note(start(1, "web", 500, 11));
    runs.note(start(2, "web", 100, 12));
    CHECK(number_of(runs, 0, 600 * ms) == 2);
    CHECK(number_of(runs, 0, 200 * ms) == 0);
}
