#include "posix/processes/signal_sender.hpp"

#include "core/text.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr std::size_t comm_size = 16;   // TASK_COMM_LEN

struct Note {
    void (*next)(int) = nullptr;
    bool there = false;
    pid_t pid = 0;
    uid_t uid = 0;
    std::array<char, comm_size> program{};
    std::size_t program_size = 0;
};

/// Written in signal handlers, which block all signals, and read with the signal blocked.
std::array<Note, NSIG> notes;

/// Makes only async-signal-safe calls. The program name is read in the handler because a process that only sends a signal may end
/// immediately.
void read_program(Note& note) {
    note.program_size = 0;
    std::array<char, 32> path{};
    constexpr std::array<char, 6> front{'/', 'p', 'r', 'o', 'c', '/'}, back{'/', 'c', 'o', 'm', 'm', '\0'};
    std::array<char, 12> digits{};
    std::size_t count = 0;
    for (auto rest = static_cast<unsigned>(note.pid); rest != 0; rest /= 10) digits[count++] = static_cast<char>('0' + rest % 10);
    auto end = std::copy(front.begin(), front.end(), path.begin());
    while (count > 0) *end++ = digits[--count];
    std::copy(back.begin(), back.end(), end);
    const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    const ssize_t got = ::read(file, note.program.data(), note.program.size());
    ::close(file);
    if (got > 0)
        note.program_size = static_cast<std::size_t>(got) - (note.program[static_cast<std::size_t>(got) - 1] == '\n' ? 1 : 0);
}

void take_note(int signal, siginfo_t* info, void*) {
    const int before = errno;
    Note& note = notes[static_cast<std::size_t>(signal)];
    note.there = info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL;
    if (note.there) {
        note.pid = info->si_pid;
        note.uid = info->si_uid;
        note.program_size = 0;
        if (note.pid > 0) read_program(note);
    }
    note.next(signal);
    errno = before;
}

}   // namespace

void note_signal_senders(std::span<const int> signals) {
    for (const int signal : signals) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) != 0 || (action.sa_flags & SA_SIGINFO) != 0) continue;
        if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
        notes.at(static_cast<std::size_t>(signal)).next = action.sa_handler;
        action.sa_sigaction = take_note;
        action.sa_flags |= SA_SIGINFO;
        ::sigfillset(&action.sa_mask);
        ::sigaction(signal, &action, nullptr);
    }
}

std::optional<SignalSender> take_signal_sender(int signal) {
    sigset_t only;
    sigset_t before;
    ::sigemptyset(&only);
    ::sigaddset(&only, signal);
    ::sigprocmask(SIG_BLOCK, &only, &before);
    Note& note = notes.at(static_cast<std::size_t>(signal));
    std::optional<SignalSender> sender;
    if (note.there) sender = SignalSender{note.pid, note.uid, in_one_line({note.program.data(), note.program_size})};
    note.there = false;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return sender;
}

}   // namespace talos::posix
