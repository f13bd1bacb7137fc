#include "simulation/programs.hpp"

#include <array>
#include <cerrno>
#include <csignal>

namespace talos::simulation {

namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << signal; }
/// Signals that servers handle and live on.
constexpr std::uint64_t handled = bit(SIGHUP) | bit(SIGUSR1) | bit(SIGUSR2) | bit(SIGCHLD) | bit(SIGWINCH);

std::uint64_t roll_deaf(Rolls& rolls) {
    std::uint64_t deaf = handled;
    if (rolls.one_in(5)) deaf |= bit(SIGTERM);
    if (rolls.one_in(5)) deaf |= bit(SIGINT);
    if (rolls.one_in(5)) deaf |= bit(SIGQUIT);
    return deaf;
}

ExitStatus code(int number) {
    ExitStatus status;
    status.code = number;
    return status;
}

ExitStatus signal(int number) {
    ExitStatus status;
    status.signal = number;
    return status;
}

ExitStatus roll_end(Rolls& rolls, bool oneshot) {
    if (rolls.one_in(oneshot ? 2 : 4)) return code(0);
    switch (rolls.below(6)) {
    case 0: return signal(SIGSEGV);
    case 1: return code(78);
    case 2: return signal(SIGKILL);
    default: return code(static_cast<int>(rolls.below(3)));
    }
}

void roll_common(Behaviour& behaviour, Rolls& rolls) {
    behaviour.deaf = roll_deaf(rolls);
    behaviour.reaction = rolls.one_in(6) ? rolls.time(Millis{20'000}) : rolls.time(Millis{200});
    behaviour.exits_on_signal = rolls.one_in(2);
    if (rolls.one_in(300)) behaviour.unkillable = rolls.time(Millis{6'000});
    behaviour.unreadable = rolls.one_in(20);
}

void roll_forks(Behaviour& behaviour, Rolls& rolls, Millis within) {
    if (!rolls.one_in(3)) return;
    for (auto left = 1 + rolls.below(2); left > 0; --left) behaviour.forks.push_back({rolls.time(within), rolls.number()});
}

}   // namespace

Start roll_start(Rolls& rolls) {
    Start start;
    constexpr std::array errors{ENOENT, EACCES, EAGAIN, ENOMEM, EMFILE};
    if (rolls.one_in(10)) start.error = errors[rolls.below(errors.size())];
    if (rolls.one_in(8)) start.exec_after = rolls.time(Millis{400});
    return start;
}

Behaviour roll_main(Rolls& rolls, bool oneshot) {
    Behaviour behaviour;
    roll_common(behaviour, rolls);
    const auto kind = rolls.below(8);
    if (kind < 2) behaviour.ends_after = rolls.time(Millis{200});
    else if (kind < 4) behaviour.ends_after = rolls.time(Millis{5'000});
    else if (kind < 6 || oneshot) behaviour.ends_after = rolls.time(Millis{60'000});
    behaviour.end = roll_end(rolls, oneshot);
    roll_forks(behaviour, rolls, Millis{2'000});
    return behaviour;
}

Behaviour roll_hook(Rolls& rolls) {
    Behaviour behaviour;
    roll_common(behaviour, rolls);
    if (!rolls.one_in(8)) behaviour.ends_after = rolls.time(Millis{2'000});
    behaviour.end = rolls.one_in(4) ? code(1) : code(0);
    roll_forks(behaviour, rolls, Millis{500});
    return behaviour;
}

Behaviour roll_child(Rolls& rolls, unsigned depth) {
    Behaviour behaviour;
    roll_common(behaviour, rolls);
    if (rolls.one_in(2)) behaviour.ends_after = rolls.time(Millis{20'000});
    const auto kind = rolls.below(10);
    if (kind == 0) behaviour.leaves = Leaves::session_unmarked;
    else if (kind < 3) behaviour.leaves = Leaves::session;
    else if (kind < 5) behaviour.leaves = Leaves::group;
    if (depth < 2) roll_forks(behaviour, rolls, Millis{1'000});
    return behaviour;
}

}   // namespace talos::simulation
