#include "cli/views/exit_meaning.hpp"
#include "core/signal_name.hpp"
#include <csignal>

namespace talos::cli {

namespace {

std::string meaning_of_code(int code, bool stopping) {
    if (code == 0)
        return stopping ? "It exited cleanly after the stop request."
                        : "By convention code 0 means success. It exited on its own.";
    if (code == 126) return "Shells use 126 for a command that was found but could not be executed (permissions, format).";
    if (code == 127) return "Shells use 127 for a command that was not found.";
    if (code > 128 && code <= 128 + 64)
        return "Shells report 128 + N for a command that signal N ended; here that would be " + signal_name(code - 128) +
               ". It may also be the program's own code.";
    return "The meaning of this code depends on the program; its log may contain the cause.";
}

// Any process may also send these signals with kill(2).
std::string fault(const std::string& meaning) { return meaning + " It is unknown whether another process sent it instead."; }

std::string meaning_of_signal(int signal, bool stopping) {
    switch (signal) {
    case SIGKILL:
        return stopping
                   ? "SIGKILL cannot be caught. talosd was stopping the worker, and SIGKILL is the last step of every stop plan; "
                     "the sender of this one is unknown."
                   : "SIGKILL cannot be caught, and its sender is unknown. The kernel sends it when memory runs out: check its "
                     "log "
                     "(dmesg, journalctl -k).";
    case SIGSEGV:
        return fault("The kernel sends SIGSEGV after an access to an invalid memory address: usually a bug in the program.");
    case SIGBUS:
        return fault(
            "The kernel sends SIGBUS after an access to memory that does not exist, for instance to a mapped file that was "
            "truncated, or after a failed disk read.");
    case SIGABRT:
        return fault("A program aborts itself with SIGABRT when it detects an error, such as a failed assertion or an uncaught "
                     "exception. Its last lines of output may show the error.");
    case SIGFPE:
        return fault("The kernel sends SIGFPE after an invalid arithmetic operation, such as an integer division by zero.");
    case SIGILL:
        return fault("The kernel sends SIGILL at an instruction that this processor does not support: the program was built for "
                     "another processor, or has a bug.");
    case SIGSYS: return fault("The kernel sends SIGSYS after a system call that a seccomp filter forbids.");
    case SIGTRAP: return fault("SIGTRAP comes from a debugger's breakpoint or from a check that the compiler inserted.");
    case SIGPIPE: return "SIGPIPE comes from writing to a pipe or connection whose reader has closed it.";
    case SIGXCPU: return "SIGXCPU means that it exceeded its limit of CPU time (RLIMIT_CPU).";
    case SIGXFSZ: return "SIGXFSZ means that it exceeded its limit of file size (RLIMIT_FSIZE).";
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
    case SIGHUP:
        if (stopping)
            return "talosd was stopping the worker; a program that does not catch the signal of its stop plan ends like this.";
        return signal_name(signal) + " is a request to exit. talosd was not stopping the worker; the sender is unknown.";
    }
    return stopping ? "talosd was stopping the worker; the sender of the signal is unknown."
                    : "The sender of the signal is unknown.";
}

}   // namespace

std::string meaning_of(const ExitStatus& status, bool stopping) {
    return status.signal != 0 ? meaning_of_signal(status.signal, stopping) : meaning_of_code(status.code, stopping);
}

}   // namespace talos::cli
