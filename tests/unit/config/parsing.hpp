#pragma once
#include "config/load/parse.hpp"
#include "support/catch.hpp"
#include <string>
#include <vector>

namespace talos::config {

inline const std::string file = "/srv/app/talos.json";

/// What is wrong with a text, as it is printed.
inline std::vector<std::string> errors_of(const std::string& text) {
    std::vector<std::string> lines;
    for (const auto& error : parse(text, file).errors) lines.push_back(to_text(error, "talos.json"));
    return lines;
}

/// The one error of a text.
inline std::string error_of(const std::string& text) {
    const auto lines = errors_of(text);
    CAPTURE(text, lines);
    REQUIRE(lines.size() == 1);
    return lines.front();
}

/// What a text without errors says.
inline Config config_of(const std::string& text) {
    CAPTURE(text, errors_of(text));
    auto parsed = parse(text, file);
    REQUIRE(parsed.errors.empty());
    return parsed.config;
}

}   // namespace talos::config
