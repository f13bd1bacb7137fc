#pragma once
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include "simulation/rolls.hpp"
#include <cstdint>
#include <optional>
#include <vector>

/// How the programs of a simulation behave: by chance, and by that of their worker and run alone.
namespace talos::simulation {

/// What a process does to itself when it begins.
enum class Leaves : std::uint8_t {
    nothing,           ///< it stays in its group and session
    group,             ///< it has a group of its own
    session,           ///< and a session; its environment still has the marks
    session_unmarked   ///< and nothing proves whose it is, once its parent has ended
};

struct Behaviour {
    std::optional<Millis> ends_after;   ///< by itself; nothing: never
    ExitStatus end;                     ///< then
    std::uint64_t deaf = 0;             ///< bit N: ignores signal N
    Millis reaction{};                  ///< from another signal to its end
    bool exits_on_signal = false;       ///< with code 0 or 143, instead of by the signal
    Millis unkillable{};                ///< how long it stays in the kernel after SIGKILL
    bool unreadable = false;            ///< its memory cannot be read
    Leaves leaves = Leaves::nothing;
    struct Fork {
        Millis after;
        std::uint64_t seed;
    };
    std::vector<Fork> forks{};
};

struct Start {
    int error = 0;                      ///< errno; 0: it works
    std::optional<Millis> exec_after;   ///< the exec is known later; then `error` is that of the exec
};

[[nodiscard]] Start roll_start(Rolls& rolls);
[[nodiscard]] Behaviour roll_main(Rolls& rolls, bool oneshot);
[[nodiscard]] Behaviour roll_hook(Rolls& rolls);
[[nodiscard]] Behaviour roll_child(Rolls& rolls, unsigned depth);

}   // namespace talos::simulation
