#include "posix/spawn.hpp"

namespace talos::posix {

const char* to_text(SpawnStep step) {
    switch (step) {
    case SpawnStep::clone: return "clone";
    case SpawnStep::descriptors: return "descriptors";
    case SpawnStep::setsid: return "setsid";
    case SpawnStep::death_signal: return "death signal";
    case SpawnStep::limits: return "limits";
    case SpawnStep::chdir: return "chdir";
    case SpawnStep::stdio: return "stdio";
    case SpawnStep::signals: return "signals";
    case SpawnStep::exec: return "exec";
    }
    return "unknown step";
}

std::string to_text(const SpawnFailure& failure) {
    std::string what = to_text(failure.step);
    if (!failure.path.empty()) what += " " + failure.path;
    std::string text = failure_of(failure.error, std::move(what)).message();
    if (!failure.note.empty()) text += " (" + failure.note + ")";
    return text;
}

}  // namespace talos::posix
