#include "state/pid_file.hpp"
#include "support/catch.hpp"

using talos::state::parse_pid;
using namespace std::string_view_literals;

TEST_CASE("PID file: what talosd writes is read back") {
    CHECK(parse_pid("4242\n") == 4242);
    CHECK(parse_pid("4242") == 4242);
    CHECK(parse_pid("1\n") == 1);   // well-formed; whether it is believed is another question
    CHECK(parse_pid("4194304\n") == 4194304);
}

TEST_CASE("PID file: text behind the digits, signs, zero and what no PID can be are refused") {
    const auto text = GENERATE("123abc"sv, "-1"sv, "-1\n"sv, "0"sv, "0000000000"sv, "+5"sv, "abc"sv, ""sv, "\n"sv, " 5"sv, "5 "sv,
                               "5\n\n"sv, "5\r\n"sv, "5\n6"sv, "0x10"sv, "1e3"sv, "4194305"sv, "9999999999"sv, "12345678901"sv,
                               "4294967297"sv,   // 1, if only the lowest 32 bits were looked at
                               "1111111111222222222233333333334444444444"sv, "12\0"sv, "\0\0\0\0"sv, "1\0002"sv);
    CAPTURE(text);
    CHECK_FALSE(parse_pid(text));
}
