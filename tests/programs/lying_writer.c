// lying_writer --write-logs UID: in the place of talosd's process that writes logs. Takes requests from descriptor 0 (SOCK_SEQPACKET) and answers the
// first one after the log is known with what no such process says, by the last digit of UID: 0 noise, 1 more bytes than there were, 2 a long text,
// 3 nothing. Stays after that.
#include "lifetime.h"
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct answer {   // LogAnswer in lib/aio/log_writer_messages.hpp
    uint32_t log, number;
    uint64_t written;
    uint32_t failed, owner, mid_line, text_size, notice_size, unused;
};

int main(int count, char** words) {
    static char request[1 << 16], noise[4096];
    limit_lifetime();
    const char what = count > 2 ? words[2][strlen(words[2]) - 1] : '0';
    for (int i = 0; i < 3; ++i)   // its rights, the log, and the first request
        if (recv(0, request, sizeof request, 0) <= 0) return 1;
    struct answer answer = {.written = 1u << 30, .owner = ~0u};
    memcpy(&answer.log, request + 4, sizeof answer.log);
    memcpy(&answer.number, request + 8, sizeof answer.number);
    memset(noise, 'x', sizeof noise);
    if (what == '2') {
        answer.written = 0;
        answer.failed = 1;
        answer.text_size = sizeof noise - sizeof answer;
    }
    if (what != '0') memcpy(noise, &answer, sizeof answer);
    if (what != '3') (void)!send(0, noise, what == '1' ? sizeof answer : sizeof noise, 0);
    for (;;) pause();
}
