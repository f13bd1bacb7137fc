#pragma once
#include "config/document/document.hpp"
#include "config/document/error.hpp"
#include "config/document/sources.hpp"
#include <string>
#include <string_view>
#include <vector>

namespace talos::config {

/// Collects errors and warnings in a config's files, by place; position and JSON pointer are worked out at the end. One error a place: the
/// first one. A warning never keeps a config from being used.
class Findings {
public:
    explicit Findings(const Sources& sources) : sources_(sources) {}

    void add(std::size_t offset, std::string message);
    /// What has no effect, or cannot work on this machine. Reported once for each place and message.
    void warn(std::size_t offset, std::string message);
    /// `expected EXPECTATION, found WHAT STANDS THERE`
    void expected(const Node& node, std::string_view expectation, std::string_view hint = {});

    /// A name that stands in two files; in the same one it is a repeated key.
    void also_in(const Member& member, const Member& other, std::string_view kind);

    [[nodiscard]] const Sources& sources() const { return sources_; }

    /// File by file, each in its text's order; past 100 the last one says how many more there are.
    [[nodiscard]] std::vector<Error> errors() const;
    [[nodiscard]] std::vector<Error> warnings() const;

    /// The node as it is spelled in the text, shortened: `3`, `"text"`, `an array`.
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

/// Repeated keys, NUL in keys and strings, numbers that no double holds: wrong wherever they stand.
void check_everywhere(const Node& root, Findings& findings);

}   // namespace talos::config
