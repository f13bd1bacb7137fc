#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace talos::terminal {

/// The line that somebody is writing. Whole lines go on as they come; the rest is held until its newline comes, at most 8 KiB of it.
class OpenLine {
public:
    using Sink = std::function<void(std::string_view line)>;

    /// Calls `line` for each one that is complete now, without its newline. Over 8 KiB: in pieces, no UTF-8 character is cut.
    /// `overwritten`: what stands before a carriage return need not be held, the screen would not show it any more.
    void feed(std::string_view bytes, bool overwritten, const Sink& line);
    /// What is held, which is none afterwards.
    [[nodiscard]] std::string take();

    [[nodiscard]] const std::string& held() const { return held_; }

private:
    void force(std::string_view& bytes, const Sink& line);
    void forget_overwritten();

    std::string held_;
};

/// What a terminal shows of the line at its end: nothing of what carriage returns went back over.
[[nodiscard]] std::string_view last_written(std::string_view line);

}   // namespace talos::terminal
