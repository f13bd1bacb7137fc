#pragma once
#include "config/parse.hpp"
#include <map>
#include <string>
#include <vector>

namespace talos::config {

/// Files that are only named here, for configs that name others. The config itself is `/srv/app/talos.json`.
class Files {
public:
    using Map = std::map<std::string, std::string>;

    Files(std::initializer_list<std::pair<const std::string, std::string>> files) : files_(files) {}

    [[nodiscard]] Surroundings around() const {
        Surroundings around;
        around.getenv = [this](const char* name) {
            const auto found = environment.find(name);
            return found != environment.end() ? std::optional(found->second) : std::nullopt;
        };
        around.read_env_file = [this](const std::string& path) { return read(path); };
        return around;
    }

    [[nodiscard]] Parsed parse(const std::string& text) const { return config::parse(text, "/srv/app/talos.json", around()); }

    [[nodiscard]] std::vector<std::string> errors(const std::string& text) const {
        std::vector<std::string> lines;
        for (const auto& error : parse(text).errors) lines.push_back(to_text(error, "talos.json"));
        return lines;
    }

    /// How often the file was read.
    [[nodiscard]] int reads(const std::string& path) const {
        const auto found = reads_.find(path);
        return found == reads_.end() ? 0 : found->second;
    }

    Map environment;   ///< talosd's

private:
    [[nodiscard]] Result<std::string> read(const std::string& path) const {
        ++reads_[path];
        const auto found = files_.find(path);
        if (found == files_.end()) return failure_of(ENOENT, "open " + path);
        if (found->second == "EACCES") return failure_of(EACCES, "open " + path);
        return found->second;
    }

    Map files_;
    mutable std::map<std::string, int> reads_;
};

}  // namespace talos::config
