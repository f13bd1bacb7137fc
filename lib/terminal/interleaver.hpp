#pragma once
#include "terminal/carried_color.hpp"
#include "terminal/open_line.hpp"
#include "terminal/style.hpp"
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace talos::terminal {

/// Interleaves the outputs of many sources on one terminal, in whole lines, each with a coloured prefix (`web | text`), between
/// lines of talosd itself. All output is appended to a string; the owner of the descriptor writes it.
///
/// On a terminal, a line that stays unfinished for a while (a prompt, a progress display) is shown as the lowest line. It is erased
/// while others write and redrawn below them until it is finished.
class Interleaver {
public:
    enum class Prefix { names, none };
    enum class Tone { plain, good, warning, bad, dim };
    enum class Stream : std::uint8_t { out, err };   ///< one stream for all if it is unknown

    Interleaver(bool color, Prefix prefix) : color_(color), prefix_(prefix) {}

    /// Sets the width of the terminal. Prefixes leave most of it free, and carriage returns overwrite. 0: not a terminal.
    void columns(std::size_t count) { columns_ = count; }

    /// Adds a source and returns its number. The prefixes grow to the longest name.
    std::size_t add(std::string name);

    /// Renames source `n`, from here on. `n` may be the next free number.
    void name(std::size_t n, std::string name);

    /// Text after the prefix of each line that output() completes from here on, even if the line overwrites itself; empty: none.
    void stamp(std::string_view text) { stamp_ = text; }

    /// Output of source `n`: appends complete lines and buffers the remainder until its newline arrives, at most 8 KiB.
    void output(std::size_t n, std::string_view bytes, std::string& out, Stream stream = Stream::out);

    /// Source `n` has ended: its buffered text becomes lines.
    void end(std::size_t n, std::string& out);

    /// A line of talosd about source `n`: under the source's prefix, marked as different from its output (`web > running (pid
    /// 4243)`).
    void about(std::size_t n, Tone tone, std::string_view text, std::string& out);

    /// A line of talosd itself.
    void message(Tone tone, std::string_view text, std::string& out);

    /// Whether there are unfinished lines that have not been shown yet.
    [[nodiscard]] bool has_fresh() const { return fresh_; }
    /// Call periodically while pending() is true. Shows the unfinished lines that have not grown since the last call or that
    /// overwrite themselves.
    void pause(std::string& out);

    /// Erases the unfinished line so that others can write to the terminal, and redraws it.
    void lift(std::string& out);
    void lower(std::string& out);

private:
    struct Part {
        OpenLine line;
        bool fresh = false;    // the buffered text has not been shown, and its pause has not begun
        bool paused = false;   // it did not grow during the last pause
    };
    struct Source {
        std::string name;
        Color color = Color::none;
        std::array<Part, 2> parts;
        CarriedColor carried;
    };
    /// An unfinished line that is shown.
    struct Shown {
        std::size_t source;
        Stream stream;
        bool operator==(const Shown&) const = default;
    };
    [[nodiscard]] Part& part(const Shown& which) { return sources_[which.source].parts[static_cast<std::size_t>(which.stream)]; }
    [[nodiscard]] std::string prefix(const Source& source, std::string_view mark) const;
    [[nodiscard]] std::string unfinished(const Shown& which);
    void line(Source& source, std::string_view text, std::string& out) const;
    void flush(std::size_t n, std::string& out);
    void settle(const Shown& which);

    bool color_;
    Prefix prefix_;
    std::size_t columns_ = 0;
    std::size_t width_ = 0;
    std::string stamp_;
    std::vector<Source> sources_;
    std::vector<Shown> shown_;   // unfinished lines whose pause is over; the last one is the lowest line of the screen
    bool fresh_ = false;
    bool drawn_ = false;   // it is on the screen
};

}   // namespace talos::terminal
