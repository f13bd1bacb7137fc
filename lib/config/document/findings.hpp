#pragma once
#include "config/document/document.hpp"
#include "config/document/error.hpp"
#include "config/document/sources.hpp"
#include <string>
#include <string_view>
#include <vector>

namespace talos::config {

/// Collects errors and warnings in the files of a config by offset; line, column and JSON pointer are computed at the end. For
/// each position, only the first error is kept. A warning does not prevent the use of a config.
class Findings {
public:
    explicit Findings(const Sources& sources) : sources_(sources) {}

    void add(std::size_t offset, std::string message);
    /// A setting that has no effect or cannot work on this machine. Reported once for each position and message.
    void warn(std::size_t offset, std::string message);
    /// Adds `expected EXPECTATION, found VALUE`.
    void expected(const Node& node, std::string_view expectation, std::string_view hint = {});

    /// A name that is defined in two files. (Within one file it is a repeated key.)
    void also_in(const Member& member, const Member& other, std::string_view kind);

    [[nodiscard]] const Sources& sources() const { return sources_; }

    /// Grouped by file, in the order of the text. After 100, the last one says how many more there are.
    [[nodiscard]] std::vector<Error> errors() const;
    [[nodiscard]] std::vector<Error> warnings() const;

    /// The node as written in the text, shortened: `3`, `"text"`, `an array`.
    [[nodiscard]] std::string found(const Node& node) const;

private:
    struct Finding {
        std::size_t offset;
        std::string message;
    };

    [[nodiscard]] std::vector<Error> placed(const std::vector<Finding>& sorted, std::string_view kind) const;

    const Sources& sources_;
    std::vector<Finding> errors_;
    std::vector<Finding> warnings_;
};

/// Checks that apply to the whole tree: repeated keys, NUL in keys and strings, numbers that a double cannot represent.
void check_everywhere(const Node& root, Findings& findings);

}   // namespace talos::config
