#pragma once
#include <cstdint>
#include <sys/types.h>
#include <unordered_map>

namespace talos::turn {

/// Programs of probes that have no cgroup: what they leave behind is known by their session or by the number in its mark, and is ended
/// once the program has been reaped.
class ProbeTable {
public:
    /// `program` leads a session. Numbers are those of marks; 0 is none.
    void spawned(std::uint64_t number, pid_t program) {
        programs_[number] = program;
        numbers_[program] = number;
    }
    [[nodiscard]] bool is_program(pid_t pid) const { return numbers_.contains(pid); }
    [[nodiscard]] std::uint64_t of_session(pid_t session) const {
        const auto found = numbers_.find(session);
        return found != numbers_.end() ? found->second : 0;
    }
    [[nodiscard]] bool knows(std::uint64_t number) const { return programs_.contains(number); }
    [[nodiscard]] pid_t program_of(std::uint64_t number) const {
        const auto found = programs_.find(number);
        return found != programs_.end() ? found->second : 0;
    }
    [[nodiscard]] bool empty() const { return programs_.empty(); }

    /// Forgets those for which `is_over` holds.
    template <class IsOver>
    void erase_if(const IsOver& is_over) {
        std::erase_if(programs_, [&](const auto& probe) {
            if (!is_over(probe.first, probe.second)) return false;
            if (of_session(probe.second) == probe.first) numbers_.erase(probe.second);
            return true;
        });
    }

private:
    std::unordered_map<std::uint64_t, pid_t> programs_;
    std::unordered_map<pid_t, std::uint64_t> numbers_;
};

}   // namespace talos::turn
