#include "checks/notify/notify_message.hpp"
#include "support/catch.hpp"

using namespace talos;
using checks::NotifyMessage;
using checks::parse_notify_message;
using namespace std::chrono_literals;

TEST_CASE("notify message: assignments, one a line, with or without the last newline") {
    const auto message = parse_notify_message("READY=1\nSTATUS=Ready to accept connections\nMAINPID=4242\n");
    CHECK(message.ready);
    CHECK(message.status == "Ready to accept connections");
    CHECK(message.main_pid == 4242);
    CHECK_FALSE(message.stopping);
    CHECK(parse_notify_message("STOPPING=1").stopping);
    CHECK(parse_notify_message("RELOADING=1\nMONOTONIC_USEC=17").reloading);
    CHECK(parse_notify_message("WATCHDOG=1").heartbeat);
    CHECK(parse_notify_message("WATCHDOG=trigger").trigger);
    CHECK_FALSE(parse_notify_message("WATCHDOG=trigger").heartbeat);
    CHECK(parse_notify_message("WATCHDOG_USEC=1500").watchdog_limit == 2ms);
    CHECK(parse_notify_message("WATCHDOG_USEC=0").watchdog_limit == std::nullopt);
}

TEST_CASE("notify message: what makes no sense is left out") {
    for (const auto* text : {"", "\n\n", "READY", "READY=", "READY=0", "READY=11", "ready=1", " READY=1", "MAINPID=0",
                             "MAINPID=-4", "MAINPID=1x", "MAINPID=99999999999", "EXTEND_TIMEOUT_USEC=", "EXTEND_TIMEOUT_USEC=-1",
                             "EXTEND_TIMEOUT_USEC=1e6", "FDSTORE=1", "BARRIER=1", "=", "==1"}) {
        CAPTURE(text);
        CHECK(parse_notify_message(text) == NotifyMessage{});
    }
    CHECK(parse_notify_message(std::string_view("READY=1\0\0", 9)) == NotifyMessage{});
    CHECK(parse_notify_message(std::string_view("READY=1\0STATUS=x", 16)) == NotifyMessage{});
}

TEST_CASE("notify message: a carriage return ends a line, and one NUL may end the message, as with systemd") {
    const auto message = parse_notify_message("READY=1\r\nSTATUS=up\r\n");
    CHECK(message.ready);
    CHECK(message.status == "up");
    CHECK(parse_notify_message(std::string_view("READY=1\0", 8)).ready);
    CHECK(parse_notify_message(std::string_view("STATUS=up\0", 10)).status == "up");
}

TEST_CASE("notify message: a status is one line of text that is safe to show, and not longer than a line") {
    CHECK(parse_notify_message("STATUS=").status == "");
    CHECK(parse_notify_message("STATUS=a=b").status == "a=b");
    CHECK(parse_notify_message("STATUS=\x1b[31mred\ttab\x7f").status == " [31mred tab ");
    CHECK(parse_notify_message("STATUS=caf\xc3\xa9 \xff").status == "caf\xc3\xa9 \xef\xbf\xbd");
    const auto cut = parse_notify_message("STATUS=" + std::string(60'000, 'x')).status;
    CHECK(cut == std::string(256, 'x') + "…");
}

TEST_CASE("notify message: time is asked for in microseconds, a day at most") {
    CHECK(parse_notify_message("EXTEND_TIMEOUT_USEC=1500000").more_time == Millis{1500});
    CHECK(parse_notify_message("EXTEND_TIMEOUT_USEC=1").more_time == Millis{1});
    CHECK(parse_notify_message("EXTEND_TIMEOUT_USEC=18446744073709551615").more_time == std::chrono::hours{24});
    CHECK(parse_notify_message("EXTEND_TIMEOUT_USEC=18446744073709551616").more_time == std::nullopt);
}
