#pragma once
#include "config/document/findings.hpp"
#include "config/keys/keys.hpp"
#include "config/model/host_system.hpp"
#include "config/reader/reader.hpp"
#include "config/reader/scope.hpp"
#include <string>
#include <unordered_map>
#include <vector>

namespace talos::config {

/// One file that a worker names with `envFile`.
struct EnvFileName {
    std::string path;   ///< its variables filled in
    bool required = true;
    std::size_t offset = 0;
};

/// A file of `envFile` that is written as an object.
[[nodiscard]] Keys<EnvFileName> env_file_keys();

/// What the env files say; each one is read once, however many workers name it.
class EnvFiles {
public:
    EnvFiles(Sources& sources, Findings& findings, const HostSystem& host)
        : sources_(sources), findings_(findings), host_(host) {}

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
    const HostSystem& host_;
    std::unordered_map<std::string, File> files_;   // by absolute path
};

/// `envFile` and `env` of a worker's keys, which the other keys may refer to: from here on `scope` sees `variables`. Without files: only
/// the shape is looked at.
void read_environment(Reader& reader, const Node::Object& keys, EnvFiles* files, Scope& scope, Variables& variables);

}   // namespace talos::config
