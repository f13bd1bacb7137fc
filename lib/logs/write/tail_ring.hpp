#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace talos::logs {

/// The end of what a worker wrote: the last lines, at most 4 KiB of them. A worker that writes nothing costs nothing.
class TailRing {
public:
    static constexpr std::size_t most_bytes = 4096;

    void write(std::string_view bytes);
    /// The last `count` lines, oldest first, one that is not finished included. The oldest may lack its beginning.
    [[nodiscard]] std::vector<std::string> lines(std::size_t count) const;
    void clear() { std::string().swap(text_); }

private:
    std::string text_;   // at most twice most_bytes: what is too much goes when there is as much again
};

}   // namespace talos::logs
