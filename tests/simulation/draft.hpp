#pragma once
#include "simulation/rolls.hpp"
#include <cstdint>
#include <string>
#include <vector>

namespace talos::simulation {

/// A worker of a random config, as pieces of its JSON text, so that pieces can be left out.
struct WorkerDraft {
    std::string name;
    bool oneshot = false;
    bool instances = false;
    std::vector<std::string> keys;   ///< `"startTime":"1s"`
    struct Need {
        std::string worker;
        std::string text;   ///< `"a":{"condition":"ready"}`
    };
    std::vector<Need> needs;
};

struct ConfigDraft {
    std::vector<WorkerDraft> workers;
    [[nodiscard]] std::string text() const;
};

[[nodiscard]] ConfigDraft roll_config(Rolls& rolls);
/// Some of it changed: what a reload would bring.
[[nodiscard]] ConfigDraft roll_change(const ConfigDraft& draft, Rolls& rolls);

}   // namespace talos::simulation
