#include "config/model/dependency_words.hpp"

namespace talos::config {

using Condition = Dependency::Condition;
using OnFailure = Dependency::OnFailure;

std::string_view to_text(Condition condition) {
    switch (condition) {
    case Condition::started: return "started";
    case Condition::ready: return "ready";
    case Condition::healthy: return "healthy";
    case Condition::completed: return "completed";
    }
    __builtin_unreachable();
}

std::string_view to_text(OnFailure on_failure) {
    switch (on_failure) {
    case OnFailure::ignore: return "ignore";
    case OnFailure::stop: return "stop";
    case OnFailure::restart: return "restart";
    }
    __builtin_unreachable();
}

}   // namespace talos::config
