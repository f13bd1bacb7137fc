#include "core/duration.hpp"
#include "core/size.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace std::chrono_literals;

TEST_CASE("duration: whole numbers with units, from the largest to the smallest") {
    CHECK(parse_duration("250ms").value() == 250ms);
    CHECK(parse_duration("10s").value() == 10s);
    CHECK(parse_duration("1m30s").value() == 90s);
    CHECK(parse_duration("2h").value() == 2h);
    CHECK(parse_duration("1d").value() == 24h);
    CHECK(parse_duration("1d2h3m4s5ms").value() == 24h + 2h + 3min + 4s + 5ms);
    CHECK(parse_duration("90m").value() == 90min);
    CHECK(parse_duration("0s").value() == 0ms);
    CHECK(parse_duration("0ms").value() == 0ms);
    CHECK(parse_duration("007s").value() == 7s);
}

TEST_CASE("duration: whatever else is refused, and the failure says what was expected") {
    const std::string text = GENERATE(as<std::string>{}, "", "3", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1sec",
                                      "1s1m", "1s1s", "1ms1s", "1m30", "1e3s", "0x1s", "1s\n", "ms", "1y", "1w");
    CAPTURE(text);
    const auto result = parse_duration(text);
    REQUIRE(result.has_error());
    CHECK(result.error().message() == "expected a duration like \"250ms\" or \"1m30s\", found \"" + text + "\"");
}

TEST_CASE("duration: NUL is no end of the text") { CHECK(parse_duration(std::string_view("1s\0", 3)).has_error()); }

TEST_CASE("duration: at most 100 years, and no number overflows") {
    CHECK(parse_duration("36525d").value() == 24h * 36525);
    for (const auto* text :
         {"36525d1ms", "36526d", "18446744073709551615d", "99999999999999999999999999ms", "18446744073709551615ms"}) {
        CAPTURE(text);
        const auto result = parse_duration(text);
        REQUIRE(result.has_error());
        CHECK(result.error().message().find("at most 100 years") != std::string::npos);
    }
}

TEST_CASE("duration: the exact form is read back as the same duration") {
    CHECK(format_duration(90s) == "1m30s");
    CHECK(format_duration(250ms) == "250ms");
    CHECK(format_duration(0ms) == "0s");
    CHECK(format_duration(24h + 1ms) == "1d1ms");
    CHECK(format_duration(-1500ms) == "-1s500ms");
    std::int64_t ms = 1;
    for (int i = 0; i < 40; ++i) {
        CAPTURE(ms);
        CHECK(parse_duration(format_duration(Millis{ms})).value() == Millis{ms});
        ms = ms * 2 + i;
    }
    CHECK(format_duration(Millis::min()) == "-106751991167d7h12m55s808ms");
}

TEST_CASE("duration: people see the two largest units") {
    CHECK(human_duration(76h + 59min) == "3d 4h");
    CHECK(human_duration(2h + 5min + 59s) == "2h 5m");
    CHECK(human_duration(90s) == "1m 30s");
    CHECK(human_duration(12s + 900ms) == "12s");
    CHECK(human_duration(350ms) == "350ms");
    CHECK(human_duration(2h) == "2h");
    CHECK(human_duration(2h + 5s) == "2h");
    CHECK(human_duration(0ms) == "0s");
    CHECK(human_duration(-5s) == "0s");
}

TEST_CASE("size: whole numbers with a binary unit") {
    CHECK(parse_size("512B").value() == 512);
    CHECK(parse_size("64KiB").value() == 64 * 1024);
    CHECK(parse_size("10MiB").value() == 10 * 1024 * 1024);
    CHECK(parse_size("1GiB").value() == 1024 * 1024 * 1024);
    CHECK(parse_size("0B").value() == 0);
    CHECK(parse_size("9007199254740992B").value() == std::uint64_t{1} << 53);
}

TEST_CASE("size: whatever else is refused, and the failure says what was expected") {
    const std::string text = GENERATE(as<std::string>{}, "", "10", "10MB", "10mib", "10 MiB", "1.5MiB", "-1B", "+1B", "MiB",
                                      "1TiB", "1MiB1KiB", "0x1B", "1B\n");
    CAPTURE(text);
    const auto result = parse_size(text);
    REQUIRE(result.has_error());
    CHECK(result.error().message() == "expected a size like \"64KiB\" or \"10MiB\", found \"" + text + "\"");
}

TEST_CASE("size: at most 2^53 bytes, and no number overflows") {
    CHECK(parse_size("8388608GiB").has_value());
    CHECK(parse_size("8388609GiB").has_error());
    CHECK(parse_size("9007199254740993B").has_error());
    CHECK(parse_size("18446744073709551615GiB").has_error());
    CHECK(parse_size("99999999999999999999999B").has_error());
}

TEST_CASE("size: shown with the largest unit that divides it") {
    CHECK(format_size(10u << 20) == "10MiB");
    CHECK(format_size(1536) == "1536B");
    CHECK(format_size(0) == "0B");
    CHECK(format_size(1024) == "1KiB");
    CHECK(format_size(std::uint64_t{1} << 53) == "8388608GiB");
    for (const std::uint64_t bytes :
         {std::uint64_t{1}, std::uint64_t{1023}, std::uint64_t{3} << 30, (std::uint64_t{1} << 53) - 1}) {
        CHECK(parse_size(format_size(bytes)).value() == bytes);
    }
}
