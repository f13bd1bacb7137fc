#include "reference/sections.hpp"

#include "config/load/access_keys.hpp"
#include "config/load/top_keys.hpp"
#include "config/sections/depends_reader.hpp"
#include "config/sections/directories_reader.hpp"
#include "config/sections/env_reader.hpp"
#include "config/sections/health_keys.hpp"
#include "config/sections/hooks_keys.hpp"
#include "config/sections/log_keys.hpp"
#include "config/sections/probe_keys.hpp"
#include "config/sections/process_keys.hpp"
#include "config/sections/ready_keys.hpp"
#include "config/sections/restart_keys.hpp"
#include "config/sections/stop_keys.hpp"
#include "config/sections/worker_keys.hpp"
#include "core/resource_limit.hpp"

#include <set>

namespace talos::reference {
namespace {

using config::Effect;
using config::Keys;

class Sections {
public:
    explicit Sections(std::vector<std::string>& faults) : faults_(faults) {}

    /// Adds the rows of a table to the section. `said_in` is the section of their sentences, for tables that several sections have.
    template <class Spec>
    void add(std::string_view section, Keys<Spec> keys, std::string_view said_in = {}) {
        const Spec defaults{};
        for (const auto& key : keys) {
            std::string fallback = key.special == nullptr ? config::show_value(key.codec, key.member(defaults)) : std::string();
            put(section, {key.name, key.codec, key.effect, std::move(fallback), nullptr}, said_in.empty() ? section : said_in);
        }
    }

    void put(std::string_view section, Row row, std::string_view said_in) {
        row.sentence = sentence(said_in, row.name);
        for (auto& known : sections_)
            if (known.name == section) return known.rows.push_back(std::move(row));
        sections_.push_back({section, {std::move(row)}});
    }

    [[nodiscard]] std::vector<Section> take() {
        const auto check = [&](const Sentence& sentence) {
            if (!used_.contains(&sentence))
                faults_.push_back(std::string(sentence.section) + "." + std::string(sentence.key) + ": there is no such key");
        };
        for (const auto& sentence : worker_sentences()) check(sentence);
        for (const auto& sentence : section_sentences()) check(sentence);
        return std::move(sections_);
    }

private:
    const Sentence* sentence(std::string_view section, std::string_view key) {
        const Sentence* found = nullptr;
        int count = 0;
        for (const auto& list : {worker_sentences(), section_sentences()})
            for (const auto& sentence : list) {
                if (sentence.section != section || sentence.key != key) continue;
                found = &sentence;
                ++count;
            }
        if (count != 1)
            faults_.push_back(std::string(section) + "." + std::string(key) + ": " + std::to_string(count) +
                              " sentences, not one");
        if (found != nullptr) used_.insert(found);
        return found;
    }

    std::vector<std::string>& faults_;
    std::vector<Section> sections_;
    std::set<const Sentence*> used_;
};

}   // namespace

std::vector<Section> all_sections(std::vector<std::string>& faults) {
    using namespace config;
    Sections sections(faults);
    sections.add("top", top_keys());
    sections.add("access", access_keys());
    sections.add("worker", program_keys());
    sections.add("worker", process_keys());
    sections.add("worker", life_keys());
    sections.add("worker", death_keys());
    sections.add("worker", end_keys());
    sections.add("restart", restart_keys());
    sections.add("stop", stop_keys());
    sections.add("step", step_keys());
    sections.add("ready", ready_keys());
    for (const auto& key : probe_keys()) sections.put("ready", {key.name, key.codec, Effect::restart, {}, nullptr}, "probe");
    sections.add("health", probe_keys(), "probe");
    sections.add("health", health_keys());
    sections.add("notify", notify_keys());
    sections.add("dependsOn", dependency_keys());
    sections.add("hooks", hooks_keys());
    sections.add("hook", hook_keys());
    sections.add("reload", reload_keys());
    sections.add("directories", directories_keys());
    sections.add("directory", directory_keys());
    sections.add("envFile", env_file_keys());
    sections.add("log", log_keys());
    sections.add("inherit", inherit_keys());
    for (const auto& kind : resource_kinds()) sections.put("rlimits", {kind.name, {}, Effect::restart, {}, nullptr}, "rlimits");
    return sections.take();
}

const Section* find_section(const std::vector<Section>& sections, std::string_view name) {
    for (const auto& section : sections)
        if (section.name == name) return &section;
    return nullptr;
}

const Row* find_row(const Section& section, std::string_view name) {
    for (const auto& row : section.rows)
        if (row.name == name) return &row;
    return nullptr;
}

}   // namespace talos::reference
