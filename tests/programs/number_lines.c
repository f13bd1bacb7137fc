// number_lines COUNT [block|line|torn] [FD] [FIRST] [NEEDED]: writes COUNT lines of 100 bytes to descriptor FD (1), numbered from FIRST
// (0), and exits. block: 4 KiB a write, so that most writes end within a line; line: a write a line; torn: pieces of 1 to 150
// bytes. NEEDED: a line a millisecond as long as that file is not there.
// A line is its number in ten digits, a space, and letters that depend on the number.
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 100, BLOCK = 4096 };

static void put(int fd, const char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) exit(3);
        bytes += done;
        size -= (size_t)done;
    }
}

static void make_line(char* line, unsigned long number) {
    unsigned long rest = number;
    for (int at = 9; at >= 0; --at, rest /= 10) line[at] = (char)('0' + rest % 10);
    line[10] = ' ';
    memset(line + 11, 'a' + (int)(number % 26), LINE - 12);
    line[LINE - 1] = '\n';
}

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const unsigned long count = strtoul(argv[1], NULL, 10);
    const char mode = argc > 2 ? argv[2][0] : 'b';
    const int fd = argc > 3 ? atoi(argv[3]) : 1;
    const unsigned long first = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    const char* needed = argc > 5 ? argv[5] : NULL;
    static char buffer[BLOCK + LINE];
    size_t filled = 0;
    uint32_t dice = 12345;
    for (unsigned long number = first; number < first + count; ++number) {
        if (needed != NULL && access(needed, F_OK) != 0) poll(NULL, 0, 1);
        make_line(buffer + filled, number);
        filled += LINE;
        if (mode == 'l') {
            put(fd, buffer, filled);
            filled = 0;
        }
        while (mode == 't' && filled >= 150) {
            dice = dice * 1664525u + 1013904223u;
            const size_t piece = 1 + (dice >> 16) % 150;
            put(fd, buffer, piece);
            memmove(buffer, buffer + piece, filled - piece);
            filled -= piece;
        }
        if (mode == 'b' && filled >= BLOCK) {
            put(fd, buffer, BLOCK);
            memmove(buffer, buffer + BLOCK, filled - BLOCK);
            filled -= BLOCK;
        }
    }
    put(fd, buffer, filled);
    return 0;
}
