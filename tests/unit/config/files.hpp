#pragma once
#include "config/load/parse.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace talos::config {

/// Files that are only named here, for configs that name others. The config itself is `/srv/app/talos.json`.
class Files {
public:
    using Map = std::map<std::string, std::string>;

    Files(std::initializer_list<std::pair<const std::string, std::string>> files) : files_(files) {}

    void add(const std::string& path, const std::string& text) { files_.emplace(path, text); }

    [[nodiscard]] HostSystem host() const {
        HostSystem host;
        host.getenv = [this](const char* name) {
            const auto found = environment.find(name);
            return found != environment.end() ? std::optional(found->second) : std::nullopt;
        };
        host.read_file = [this](const std::string& path) { return read(path); };
        host.glob = [this](const std::string& pattern) -> Result<std::vector<std::string>> {
            patterns.push_back(pattern);
            if (pattern.find("closed") != std::string::npos) return failure_of(EACCES, "read the directory /closed");
            std::vector<std::string> found;
            for (auto file = files_.rbegin(); file != files_.rend(); ++file)   // in no order that anyone should rely on
                if (depth(pattern) == depth(file->first) && glob_match(pattern, file->first)) found.push_back(file->first);
            return found;
        };
        host.read_env_file = [this](const std::string& path) { return read(path); };
        return host;
    }

    [[nodiscard]] Parsed parse(const std::string& text) const { return config::parse(text, "/srv/app/talos.json", host()); }

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

    Map environment;                             ///< talosd's
    mutable std::vector<std::string> patterns;   ///< that were asked for

private:
    [[nodiscard]] static std::ptrdiff_t depth(const std::string& path) { return std::count(path.begin(), path.end(), '/'); }

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

}   // namespace talos::config
