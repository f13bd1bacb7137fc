#include "control/board.hpp"
#include "support/catch.hpp"
#include <memory>
#include <optional>
#include <string>
#include <vector>

using talos::control::Board;

namespace {

Board::Reader on_change(std::function<void()> changed) {
    Board::Reader reader;
    reader.changed = std::move(changed);
    return reader;
}

}  // namespace

TEST_CASE("board: readers get what they asked for, as long as they read") {
    Board board;
    std::vector<std::string> seen;
    CHECK_FALSE(board.read());
    {
        Board::Reader reader;
        reader.event = [&](std::uint64_t sequence, std::string_view line) { seen.push_back(std::to_string(sequence).append(line)); };
        reader.output = [&](std::string_view worker) { seen.emplace_back(worker); };
        const Board::Subscription subscription(board, std::move(reader));
        CHECK(board.read());
        board.changed();
        board.event(7, "{}");
        board.output("web");
    }
    board.event(8, "{}");
    CHECK(seen == std::vector<std::string>{"7{}", "web"});
    CHECK_FALSE(board.read());
}

TEST_CASE("board: a subscription moves with its reader") {
    Board board;
    int calls = 0;
    Board::Subscription first(board, on_change([&] { ++calls; }));
    Board::Subscription second(std::move(first));
    board.changed();
    first = std::move(second);
    board.changed();
    first = {};
    board.changed();
    CHECK(calls == 2);
    CHECK_FALSE(board.read());
}

TEST_CASE("board: a callback may end its own subscription, and go on with what it holds") {
    Board board;
    std::optional<Board::Subscription> own;
    const auto precious = std::make_shared<std::string>("still here");
    std::string seen;
    own.emplace(board, on_change([&own, &seen, precious] {
        own.reset();
        seen = *precious;
    }));
    board.changed();
    CHECK(seen == "still here");
    CHECK_FALSE(board.read());
    CHECK(precious.use_count() == 1);
}

TEST_CASE("board: a callback may end others before and after it, and begin new ones") {
    Board board;
    std::vector<std::optional<Board::Subscription>> all(4);
    std::string calls;
    all[0].emplace(board, on_change([&] { calls += '0'; }));
    all[1].emplace(board, on_change([&] {
        calls += '1';
        all[0].reset();
        all[2].reset();
        if (!all[3]) all[3].emplace(board, on_change([&] { calls += '3'; }));
    }));
    all[2].emplace(board, on_change([&] { calls += '2'; }));
    board.changed();
    CHECK(calls == "01");   // who comes during a call is not part of it
    board.changed();
    CHECK(calls == "0113");
}

TEST_CASE("board: a callback may pin something new itself") {
    Board board;
    int events = 0;
    Board::Reader reader;
    reader.event = [&](std::uint64_t, std::string_view) { ++events; };
    reader.changed = [&] { board.event(1, "{}"); };
    const Board::Subscription subscription(board, std::move(reader));
    board.changed();
    CHECK(events == 1);
}
