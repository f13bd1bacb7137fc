#pragma once
#include "config/findings.hpp"
#include "config/reader.hpp"
#include "config/surroundings.hpp"
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace talos::config {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// One file that a worker names with `envFile`.
struct EnvFileName {
    std::string path;         ///< as written
    bool required = true;
    std::size_t offset = 0;   ///< of the path
};

[[nodiscard]] Variables read_env(Reader& reader, const Node& node);
/// A path, `{"path": …, "required": false}`, or an array of both.
[[nodiscard]] std::vector<EnvFileName> read_env_files(Reader& reader, const Node& node);

/// Adds those of `over`; a name that is there already gets its value.
void lay_over(Variables& variables, const Variables& over);

/// What the env files say; each one is read once, however many workers name it.
class EnvFiles {
public:
    EnvFiles(Sources& sources, Findings& findings, const Surroundings& around) : sources_(sources), findings_(findings), around_(around) {}

    /// Of these files, the later ones over the earlier ones. What cannot be read, and what is wrong in them, is a finding.
    [[nodiscard]] Variables read(const std::vector<EnvFileName>& names);

private:
    struct File {
        Variables variables;
        std::optional<Failure> failure;
    };
    const File& file(const std::string& path);

    Sources& sources_;
    Findings& findings_;
    const Surroundings& around_;
    std::unordered_map<std::string, File> files_;   // by absolute path
};

}  // namespace talos::config
