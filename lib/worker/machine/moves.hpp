#pragma once
#include "worker/machine/machine.hpp"

/// What all transitions are made of. For the files of the machine alone.
namespace talos::worker {

/// The state stays.
[[nodiscard]] Transition stay(Worker worker, Actions actions = {});

/// Entering a state moves the epoch, so that every timer of the one left is late from here on.
[[nodiscard]] Transition enter(Situation next, Worker worker, Stamp at, Actions actions = {});

[[nodiscard]] Transition with_reason(Transition transition, Reason reason);

void append(Actions& actions, const Actions& more);

void forget_failures(Worker& worker);

}   // namespace talos::worker
