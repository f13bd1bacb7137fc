// terminal: What a terminal shows: colours, widths of characters, tables, interleaved output.
// It knows nothing of workers.
// Begin with style.hpp and table.hpp.
#pragma once
#include <string>
#include <string_view>

namespace talos::terminal {

/// The colours that a source left switched on at the end of a line: its next line begins with them, those of others do not.
class CarriedColor {
public:
    /// `line` is harmless text: its only escape sequences are SGR.
    void note(std::string_view line);
    void clear() { sequences_.clear(); }
    /// The sequences that bring the colours back; empty when there is none. The last 64 bytes of them.
    [[nodiscard]] const std::string& sequences() const { return sequences_; }

private:
    void add(std::string_view sequence);

    std::string sequences_;
};

}   // namespace talos::terminal
