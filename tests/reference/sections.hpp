#pragma once
#include "config/keys/codec.hpp"
#include "config/keys/key_change.hpp"
#include "reference/sentences.hpp"
#include <string>
#include <string_view>
#include <vector>

/// The tables of lib/config, for printing.
namespace talos::reference {

struct Row {
    std::string_view name;
    config::Codec codec;   ///< monostate: a key with functions of its own
    config::Effect effect = config::Effect::live;
    std::string fallback;   ///< the default in JSON; empty without a codec
    const Sentence* sentence = nullptr;
};

struct Section {
    std::string_view name;   ///< as in `<!-- keys: NAME -->` of the manual page
    std::vector<Row> rows;
};

/// All sections with their sentences. `faults` gets a line for each key without exactly one sentence, and for each sentence without a key.
[[nodiscard]] std::vector<Section> all_sections(std::vector<std::string>& faults);

/// nullptr for an unknown one.
[[nodiscard]] const Section* find_section(const std::vector<Section>& sections, std::string_view name);
[[nodiscard]] const Row* find_row(const Section& section, std::string_view name);

}   // namespace talos::reference
