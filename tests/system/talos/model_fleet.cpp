#include "system/talos/model_fleet.hpp"

#include <algorithm>

namespace talos::test::model {

const std::vector<Member>& members() {
    const std::string quick = R"("restart": {"delay": "10ms", "factor": 1})";
    static const std::vector<Member> all{
        {"steady", sleeper(), quick, {}, true, 1},
        {"slow", sleeper(), R"("startTime": "60ms", )" + quick, {}, true, 1},
        {"crashes", shell("sleep 0.02; exit 3"), R"("restart": {"delay": "10ms", "factor": 1, "limit": 3})", {"fatal"}, false, 2},
        {"brief", shell("exit 0"), quick, {"exited"}, false, 2},
        {"once", sleeper(), R"("restart": "never")", {"exited"}, true, 1},
        {"stubborn", {program("ignore_term")}, quick, {}, true, 1},
        {"family", {program("fork_bomb"), "5"}, quick, {}, true, 6},
        {"escapes", {program("double_fork")}, quick, {}, true, 3},
    };
    return all;
}

const Member& member(const std::string& name) {
    return *std::find_if(members().begin(), members().end(), [&](const Member& one) { return one.name == name; });
}

Fleet::Fleet() {
    for (const auto& one : members()) entries_[one.name];
}

std::string Fleet::edit(Dice& dice) {
    const std::string& name = dice.of(members()).name;
    Entry& entry = entries_[name];
    edited_.insert(name);
    if (!entry.present) {
        entry.present = true;
        return "with " + name;
    }
    switch (dice.below(3)) {
    case 0: entry.present = false; return "without " + name;
    case 1: ++entry.variant; return name + "'s env changed";
    default: entry.wait_ms = entry.wait_ms == 100 ? 150 : 100; return name + "'s stop plan changed";
    }
}

std::string Fleet::variant(const std::string& name) const { return "VARIANT=" + std::to_string(entries_.at(name).variant); }

std::string Fleet::config() const {
    std::string text;
    for (const auto& one : members()) {
        const Entry& entry = entries_.at(one.name);
        if (!entry.present) continue;
        const std::string env = R"("env": {"VARIANT": ")" + std::to_string(entry.variant) + "\"}, ";
        text += worker(one.name, one.command, env + one.extra + ", " + stop_after(std::to_string(entry.wait_ms) + "ms"));
    }
    return text;
}

}   // namespace talos::test::model
