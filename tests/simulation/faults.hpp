#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace talos::simulation {

/// Faults that can be planted in what the simulation puts in the engine's place: in its kernel, clock and disk, and between the config and the
/// engine. They show that the rules find faults of that kind.
enum class Fault : std::uint8_t {
    none,
    lost_child_signal,     ///< SIGCHLD of some ended children never comes
    double_spawn,          ///< a start makes two processes
    ignored_stop,          ///< signals to main processes do nothing
    hidden_orphans,        ///< the list of children has the main processes alone
    failed_start_lives,    ///< a start that is reported as failed has made a process
    wrong_exit,            ///< a crash is reported as exit code 0
    lost_timer,            ///< some timers never fire
    early_timer,           ///< some timers fire at once
    dropped_line,          ///< some lines of the journal are lost
    status_not_written,    ///< some documents are lost, and reported as written
    wrong_pid,             ///< the status names another process
    forgotten_dependency   ///< the engine does not know of `dependsOn`
};

struct NamedFault {
    Fault fault;
    std::string_view name;
};

inline constexpr std::array all_faults{NamedFault{Fault::lost_child_signal, "lost-child-signal"},
                                       NamedFault{Fault::double_spawn, "double-spawn"},
                                       NamedFault{Fault::ignored_stop, "ignored-stop"},
                                       NamedFault{Fault::hidden_orphans, "hidden-orphans"},
                                       NamedFault{Fault::failed_start_lives, "failed-start-lives"},
                                       NamedFault{Fault::wrong_exit, "wrong-exit"},
                                       NamedFault{Fault::lost_timer, "lost-timer"},
                                       NamedFault{Fault::early_timer, "early-timer"},
                                       NamedFault{Fault::dropped_line, "dropped-line"},
                                       NamedFault{Fault::status_not_written, "status-not-written"},
                                       NamedFault{Fault::wrong_pid, "wrong-pid"},
                                       NamedFault{Fault::forgotten_dependency, "forgotten-dependency"}};

}   // namespace talos::simulation
