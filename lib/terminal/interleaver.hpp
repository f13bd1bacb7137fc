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

/// Puts the outputs of many sources onto one screen, whole lines only, one coloured prefix each (`web    | text`), between lines
/// of talosd's own. Everything is appended to a string; whoever owns the descriptor writes it.
///
/// On a terminal a line that stays unfinished for a while (a prompt, a progress) is shown, too, as the lowest one: it gives way
/// to what others write and comes back under it, until it is finished.
class Interleaver {
public:
    enum class Prefix { names, none };
    enum class Tone { plain, good, warning, bad, dim };
    enum class Stream : std::uint8_t { out, err };   ///< the same for all when it is not known

    Interleaver(bool color, Prefix prefix) : color_(color), prefix_(prefix) {}

    /// It is a terminal and has so many columns now: prefixes leave most of them free, and carriage returns overwrite. 0: it is none.
    void columns(std::size_t count) { columns_ = count; }

    /// A source; the prefixes grow to the longest name. Returns its number.
    std::size_t add(std::string name);

    /// Source `n` has this name from here on; at first the next number after the last.
    void name(std::size_t n, std::string name);

    /// Stands in front of each line that output() completes from here on, behind the prefix, whatever the line overwrites; empty: nothing.
    void stamp(std::string_view text) { stamp_ = text; }

    /// What source `n` wrote: complete lines are appended, the rest is held until its newline comes, at most 8 KiB of it.
    void output(std::size_t n, std::string_view bytes, std::string& out, Stream stream = Stream::out);

    /// Source `n` has ended: what is held of it becomes lines.
    void end(std::size_t n, std::string& out);

    /// A line of talosd about source `n`: under its prefix, told apart from output (`web    > running (pid 4243)`).
    void about(std::size_t n, Tone tone, std::string_view text, std::string& out);

    /// A line of talosd itself.
    void message(Tone tone, std::string_view text, std::string& out);

    /// Whether there are unfinished lines that were not shown yet.
    [[nodiscard]] bool has_fresh() const { return fresh_; }
    /// To be called every so often while there are: shows those that have not grown since the call before, or overwrite themselves.
    void pause(std::string& out);

    /// Takes the unfinished line off the screen, for others who write there, and puts it back.
    void lift(std::string& out);
    void lower(std::string& out);

private:
    struct Part {
        OpenLine line;
        bool fresh = false;    // held text that was not shown, and whose pause has not begun
        bool paused = false;   // it did not grow during the last pause
    };
    struct Source {
        std::string name;
        Color color = Color::none;
        std::array<Part, 2> parts;
        CarriedColor carried;
    };
    /// An unfinished line on its way to the screen.
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
    std::vector<Shown> shown_;   // that had their pause; the last one is the lowest line of the screen
    bool fresh_ = false;
    bool drawn_ = false;   // it is on the screen now
};

}   // namespace talos::terminal
