#pragma once
#include <cstdint>
#include <string>

namespace talos::config {

/// When a changed key takes effect: at once, or when the worker (for keys of talosd: talosd) is started the next time.
enum class Effect : std::uint8_t { live, restart };

struct KeyChange {
    std::string key;   ///< as written in the config: `command`, `restart.delay`, `stop`, `log.keep`
    Effect effect = Effect::live;
    friend bool operator==(const KeyChange&, const KeyChange&) = default;
};

}   // namespace talos::config
