#include "core/exit_status.hpp"
#include "core/signal_name.hpp"
#include "support/catch.hpp"

#include <csignal>

using namespace talos;

TEST_CASE("signal: known with and without SIG, in either case, and by number") {
    for (const auto* name : {"SIGTERM", "TERM", "sigterm", "term", "15", "SIG15"}) {
        CAPTURE(name);
        CHECK(signal_number(name) == SIGTERM);
    }
    CHECK(signal_number("SIGINT") == SIGINT);
    CHECK(signal_number("SIGCLD") == SIGCHLD);
    CHECK(signal_number("IOT") == SIGABRT);
    CHECK(signal_number("SIGRTMIN") == SIGRTMIN);
    CHECK(signal_number("SIGRTMIN+3") == SIGRTMIN + 3);
    CHECK(signal_number("rtmax-1") == SIGRTMAX - 1);
}

TEST_CASE("signal: what is no signal has no number") {
    for (const auto* name : {"",
                             "0",
                             "-1",
                             "-15",
                             "65",
                             "999999999999",
                             "SIG",
                             "SIG0",
                             "TERMINATE",
                             "SIGSIGTERM",
                             " TERM",
                             "TERM ",
                             "15x",
                             "+15",
                             "SIGRTMIN+31",
                             "SIGRTMIN-1",
                             "SIGRTMAX+1",
                             "RTMIN+",
                             "RTMIN+-1",
                             "SIGRTMIN+99999999999999999999"}) {
        CAPTURE(name);
        CHECK(!signal_number(name));
    }
}

TEST_CASE("signal: every name leads back to its number") {
    for (int number = 1; number <= SIGRTMAX; ++number) {
        CAPTURE(number, signal_name(number));
        CHECK(signal_number(signal_name(number)) == number);
    }
    CHECK(signal_name(SIGTERM) == "SIGTERM");
    CHECK(signal_name(SIGABRT) == "SIGABRT");
    CHECK(signal_name(SIGIO) == "SIGIO");
    CHECK(signal_name(SIGRTMIN) == "SIGRTMIN");
    CHECK(signal_name(SIGRTMIN + 3) == "SIGRTMIN+3");
    CHECK(signal_name(32) == "SIG32");
    CHECK(signal_name(200) == "SIG200");
}

TEST_CASE("exit status: the code or the signal, never both") {
    ExitStatus status;
    CHECK(to_text(status) == "exit code 0");
    CHECK(status.clean());
    status.code = 3;
    CHECK(to_text(status) == "exit code 3");
    CHECK(shell_code(status) == 3);
    status = {.signal = SIGSEGV, .core_dumped = true};
    CHECK(to_text(status) == "SIGSEGV (core dumped)");
    CHECK(shell_code(status) == 139);
    CHECK(!status.clean());
    status = {.signal = SIGKILL};
    CHECK(to_text(status) == "SIGKILL");
}
