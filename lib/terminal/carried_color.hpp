// terminal: Output for a terminal: colours, character widths, tables, interleaved output. It has no knowledge of workers. Begin
// with style.hpp and table.hpp.
#pragma once
#include <string>
#include <string_view>

namespace talos::terminal {

/// The colours that a source left active at the end of a line. The source's next line begins with them; lines of other sources do
/// not.
class CarriedColor {
public:
    /// `line` must be sanitized: its only escape sequences are SGR.
    void note(std::string_view line);
    void clear() { sequences_.clear(); }
    /// The sequences that restore the colours; empty if none are active. At most the last 64 bytes of them.
    [[nodiscard]] const std::string& sequences() const { return sequences_; }

private:
    void add(std::string_view sequence);

    std::string sequences_;
};

}   // namespace talos::terminal
