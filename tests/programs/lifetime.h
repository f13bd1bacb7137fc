#pragma once
#include <signal.h>
#include <stdio.h>
#include <time.h>

/// Ends this process after two minutes by SIGKILL, which neither a stopped process nor one that blocks everything can put off: what
/// a failed test leaves behind does not stay. Not inherited by children, so each of them asks for its own.
static inline void limit_lifetime(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec when = {.it_value = {.tv_sec = 120}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &when, NULL) != 0) raise(SIGKILL);
}

/// One line to standard output, there at once.
static inline void say(const char* line) {
    puts(line);
    fflush(stdout);
}
