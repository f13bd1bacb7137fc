#pragma once
#include "terminal/style.hpp"
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace talos::terminal {

/// Puts the outputs of many sources onto one screen, whole lines only, one coloured prefix each (`web    | text`), between lines
/// of talosd's own. Everything is appended to a string; whoever owns the descriptor writes it.
class Interleaver {
public:
    enum class Prefix { names, none };
    enum class Tone { plain, good, warning, bad, dim };

    Interleaver(bool color, Prefix prefix) : color_(color), prefix_(prefix) {}

    /// A source; the prefixes grow to the longest name. Returns its number.
    std::size_t add(std::string name);

    /// Source `n` has this name from here on; at first the next number after the last.
    void name(std::size_t n, std::string name);

    /// What source `n` wrote: complete lines are appended, the rest is held until its newline comes, at most 8 KiB of it.
    void output(std::size_t n, std::string_view bytes, std::string& out);

    /// The held rest as a line; when a source ends.
    void flush(std::size_t n, std::string& out);

    /// A line of talosd about source `n`: under its prefix, told apart from output (`web    > running (pid 4243)`).
    void about(std::size_t n, Tone tone, std::string_view text, std::string& out);

    /// A line of talosd itself.
    void message(Tone tone, std::string_view text, std::string& out) const;

private:
    struct Source {
        std::string name;
        Color color = Color::none;
        std::string held;
    };
    void line(const Source& source, std::string_view text, std::string& out) const;
    void force_line(Source& source, std::string_view& bytes, std::string& out) const;

    bool color_;
    Prefix prefix_;
    std::size_t width_ = 0;
    std::vector<Source> sources_;
};

}  // namespace talos::terminal
