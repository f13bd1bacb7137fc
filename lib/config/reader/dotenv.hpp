// config/reader: The tools of the section readers: typed values with ranges, variables, templates, env files.
// It knows the syntax of values, not which keys exist.
// Begin with reader.hpp.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace talos::config {

/// What a file of `NAME=VALUE` lines says, as docker compose and the dotenv libraries read it: blank lines, `#` comments, an optional
/// `export `, blanks around name and value; a value as it stands up to ` #`, in single quotes as it stands, in double quotes with the
/// escapes `\n \r \t \\ \" \$`; quoted ones may go over several lines. Nothing is expanded. A name may come again: the last one counts.
struct Dotenv {
    struct Fault {
        std::size_t offset = 0;
        std::string message;   ///< never a value: they may be secret
    };
    std::vector<std::pair<std::string, std::string>> variables;   ///< each name once
    std::vector<Fault> faults;
};

[[nodiscard]] Dotenv parse_dotenv(std::string_view text);

}   // namespace talos::config
