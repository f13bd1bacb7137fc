#pragma once
#include "config/model/host_system.hpp"
#include "config/reader/reader.hpp"
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace talos::config {

/// Reads the config and the files that it includes, those too that they include, each once.
class Includes {
public:
    static constexpr std::size_t deepest = 16;   ///< files that include each other in a row
    static constexpr std::size_t most_files = 1'000;
    static constexpr std::size_t most_bytes = std::size_t{64} << 20;   ///< of all files together

    Includes(Sources& sources, Reader& reader, const HostSystem& host) : sources_(sources), reader_(reader), host_(host) {}

    /// Their trees: the config's, then the others in the order in which they are named. None when one of them cannot be read or is no
    /// JSON: what the others mean cannot be told then.
    [[nodiscard]] std::vector<const Node*> read(std::string_view text, const std::string& path);

private:
    void add(const std::string& path, std::string_view text);
    void follow(const Node& include);
    void follow_entry(const Node& entry);
    void include(const Node& entry, const std::string& path);
    [[nodiscard]] std::vector<std::string> named_by(const Node& entry, const std::string& word);
    void fail(std::size_t offset, std::string message);
    [[nodiscard]] std::string chain_to(const std::string& path) const;

    Sources& sources_;
    Reader& reader_;
    const HostSystem& host_;
    std::vector<const Node*> trees_;
    std::unordered_set<std::string> known_;   // paths
    std::vector<std::string> chain_;          // of paths: the files whose includes are being followed
    std::size_t bytes_ = 0;
    bool full_ = false;   // too much was included: nothing more is read
    bool sound_ = true;
};

}   // namespace talos::config
