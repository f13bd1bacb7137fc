#include "support/catch.hpp"
#include "terminal/style.hpp"

using namespace talos::terminal;

TEST_CASE("colour mode: the three words and nothing else") {
    CHECK(color_mode_from("auto") == ColorMode::automatic);
    CHECK(color_mode_from("always") == ColorMode::always);
    CHECK(color_mode_from("never") == ColorMode::never);
    CHECK_FALSE(color_mode_from("yes").has_value());
}

TEST_CASE("colour mode: always and never do not ask the descriptor") {
    CHECK(use_color(ColorMode::always, -1));
    CHECK_FALSE(use_color(ColorMode::never, -1));
    CHECK_FALSE(use_color(ColorMode::automatic, -1));
}

TEST_CASE("paint: text between its codes, or as it is") {
    CHECK(paint(Color::red, "x", true) == "\x1b[31mx\x1b[0m");
    CHECK(paint(Color::red, "x", false) == "x");
    CHECK(paint(Color::none, "x", true) == "x");
    CHECK(paint(Color::red, "", true).empty());
}

TEST_CASE("worker colours: neighbours differ, and none is red") {
    for (std::size_t n = 0; n < 30; ++n) {
        CHECK(worker_color(n) != worker_color(n + 1));
        CHECK(worker_color(n) != Color::red);
        CHECK(worker_color(n) != Color::none);
    }
}

TEST_CASE("terminal size: what is no terminal counts as 80 by 24") {
    CHECK(terminal_columns(-1) == 80);
    CHECK(terminal_rows(-1) == 24);
}
