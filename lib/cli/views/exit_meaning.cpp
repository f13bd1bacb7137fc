#include "cli/views/exit_meaning.hpp"
#include "core/signal_name.hpp"
#include <csignal>

namespace talos::cli {

namespace {

std::string meaning_of_code(int code, bool stopping) {
    if (code == 0)
        return stopping ? "It ended cleanly, as it was asked to." : "By convention this means success: it ended by itself.";
    if (code == 126) return "Shells use 126 for a command that was found but could not be executed (permissions, format).";
    if (code == 127) return "Shells use 127 for a command that was not found.";
    if (code > 128 && code <= 128 + 64)
        return "Shells use 128 + N for a command that was ended by signal N; here that would be " + signal_name(code - 128) +
               ". It may also be the program's own code.";
    return "What the code means is up to the program; its log may say more.";
}

// What the kernel sends for a fault can be sent by anybody with kill(2) as well.
std::string fault(const std::string& meaning) { return meaning + " Whether another process sent it instead is unknown."; }

std::string meaning_of_signal(int signal, bool stopping) {
    switch (signal) {
    case SIGKILL:
        return stopping
                   ? "SIGKILL cannot be caught. talosd was stopping it then, and SIGKILL is the last step of every stop plan; "
                     "who sent this one is unknown."
                   : "SIGKILL cannot be caught; who sent it is unknown. The kernel does so when memory runs out: its log "
                     "(dmesg, journalctl -k) would say so.";
    case SIGSEGV:
        return fault("SIGSEGV is how the kernel ends a program after a memory fault, an access to an address it does not own: "
                     "usually a bug in it.");
    case SIGBUS:
        return fault(
            "SIGBUS is how the kernel ends a program after an access to memory that is not there, for instance to a mapped file "
            "that became shorter, or after a failed disk read.");
    case SIGABRT:
        return fault("SIGABRT is how a program ends itself when it found something wrong: a failed assertion, an exception that "
                     "nobody caught. Its last lines may say what.");
    case SIGFPE:
        return fault(
            "SIGFPE is how the kernel ends a program after an impossible calculation, such as an integer division by zero.");
    case SIGILL:
        return fault("SIGILL is how the kernel ends a program at an instruction that this processor does not know: built for "
                     "another processor, or a bug.");
    case SIGSYS: return fault("SIGSYS is how the kernel ends a program after a system call that it was forbidden (seccomp).");
    case SIGTRAP: return fault("SIGTRAP is a debugger's breakpoint, or a check that the compiler built in.");
    case SIGPIPE: return "SIGPIPE comes from writing to a pipe or connection that nobody reads any more.";
    case SIGXCPU: return "SIGXCPU: it used up the processor time that it was allowed (RLIMIT_CPU).";
    case SIGXFSZ: return "SIGXFSZ: it wrote a file larger than it was allowed (RLIMIT_FSIZE).";
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
    case SIGHUP:
        if (stopping) return "talosd was stopping it; a program that does not catch the signal of its stop plan ends like this.";
        return signal_name(signal) + " is a request to end. talosd was not stopping it; who sent it is unknown.";
    }
    return stopping ? "talosd was stopping it; who sent the signal is unknown." : "Who sent the signal is unknown.";
}

}   // namespace

std::string meaning_of(const ExitStatus& status, bool stopping) {
    return status.signal != 0 ? meaning_of_signal(status.signal, stopping) : meaning_of_code(status.code, stopping);
}

}   // namespace talos::cli
