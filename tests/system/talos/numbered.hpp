#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What the program number_lines writes, found again in logs.
namespace talos::test {

/// `number_lines COUNT MODE …`
[[nodiscard]] std::vector<std::string> number_lines(std::uint64_t count, const std::string& mode,
                                                    const std::vector<std::string>& more = {});

/// Takes lines in the order of the log and says what is wrong with them: a number missing, twice, in the wrong place; a line broken.
/// A gap line must stand for as many lines as are missing just there.
class Numbered {
public:
    void line(std::string_view text);
    /// Every line of a text; a rest without a newline is a fault.
    void text(std::string_view raw_lines);

    [[nodiscard]] std::uint64_t next() const { return next_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    [[nodiscard]] unsigned gaps() const { return gaps_; }
    [[nodiscard]] const std::string& fault() const { return fault_; }

private:
    void gap(std::string_view text);
    std::uint64_t next_ = 0;
    std::uint64_t dropped_ = 0;
    unsigned gaps_ = 0;
    std::string fault_;
};

/// Parses a CRI line strictly: the time with nine digits and Z, one blank each, stdout or stderr, F or P.
struct CriLine {
    std::string_view stream;
    bool partial = false;
    std::string_view text;
};
[[nodiscard]] bool parse_cri(std::string_view line, CriLine& parsed);

/// The contents of PATH.n, …, PATH.1, PATH.
void for_each_file(const std::string& path, const std::function<void(const std::string& content)>& take);

/// Calls `take` with each line, without its newline; a rest without one comes as it is.
void for_each_line(std::string_view text, const std::function<void(std::string_view)>& take);

}   // namespace talos::test
