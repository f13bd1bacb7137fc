#pragma once
#include "worker/machine/machine.hpp"
#include <string>

/// What all transitions are made of. For the files of the machine alone.
namespace talos::worker {

/// The state stays.
[[nodiscard]] Transition stay(Worker worker, Actions actions = {});

/// Entering a state moves the epoch, so that every timer of the one left is late from here on.
[[nodiscard]] Transition enter(State state, Worker worker, Stamp at, Actions actions = {});

[[nodiscard]] Transition with_reason(Transition transition, std::string reason);

void forget_failures(Worker& worker);

}   // namespace talos::worker
