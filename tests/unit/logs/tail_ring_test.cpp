#include "logs/write/tail_ring.hpp"
#include "support/catch.hpp"

using namespace talos::logs;

using Lines = std::vector<std::string>;

TEST_CASE("tail: the last lines, oldest first") {
    TailRing tail;
    CHECK(tail.lines(20).empty());
    tail.write("one\ntwo\nthr");
    CHECK(tail.lines(20) == Lines{"one", "two", "thr"});
    CHECK(tail.lines(2) == Lines{"two", "thr"});
    tail.write("ee\n");
    CHECK(tail.lines(2) == Lines{"two", "three"});
    tail.write("\n\nfour\n");
    CHECK(tail.lines(3) == Lines{"", "", "four"});
    tail.clear();
    CHECK(tail.lines(20).empty());
}

TEST_CASE("tail: whatever comes, it keeps the end and stays small") {
    TailRing tail;
    std::string all;
    for (int i = 0; i < 3000; ++i) {
        const auto line = "line " + std::to_string(i) + "\n";
        all += line;
        tail.write(line);
    }
    const auto kept = tail.lines(100000);
    REQUIRE(kept.size() > 100);
    CHECK(kept.back() == "line 2999");
    CHECK(kept[kept.size() - 100] == "line 2900");
    std::size_t bytes = 0;
    for (const auto& line : kept) bytes += line.size() + 1;
    CHECK(bytes <= TailRing::most_bytes);
    tail.write(std::string(100'000, 'x') + "\nend\n");
    CHECK(tail.lines(1) == Lines{"end"});
    CHECK(tail.lines(2).front().size() == TailRing::most_bytes - std::string("\nend\n").size());
}
