#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace talos::terminal {

/// The unfinished line of a source. Whole lines pass through; the remainder is buffered until its newline arrives, at most 8 KiB.
class OpenLine {
public:
    using Sink = std::function<void(std::string_view line)>;

    /// Calls `line` for each completed line, without its newline. Lines over 8 KiB are split, never inside a UTF-8 character.
    /// `overwritten`: text before a carriage return is dropped, since a terminal would overwrite it.
    void feed(std::string_view bytes, bool overwritten, const Sink& line);
    /// Returns the buffered text and clears it.
    [[nodiscard]] std::string take();

    [[nodiscard]] const std::string& buffered() const { return buffer_; }

private:
    void force(std::string_view& bytes, const Sink& line);
    void forget_overwritten();

    std::string buffer_;
};

/// The part of the line that a terminal shows at its end: text that carriage returns overwrote is omitted.
[[nodiscard]] std::string_view last_written(std::string_view line);

}   // namespace talos::terminal
