#pragma once
#include "config/model/host_system.hpp"
#include "config/reader/reader.hpp"
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace talos::config {

/// Reads the config and all files that it includes, directly or indirectly, each once.
class Includes {
public:
    static constexpr std::size_t deepest = 16;   ///< levels of nested includes
    static constexpr std::size_t most_files = 1'000;
    static constexpr std::size_t most_bytes = std::size_t{64} << 20;   ///< total size of all files

    Includes(Sources& sources, Reader& reader, const HostSystem& host) : sources_(sources), reader_(reader), host_(host) {}

    /// The trees of all files: the config first, then the others in the order in which they are named. Empty if one of them
    /// cannot be read or is not valid JSON, because the meaning of the others is then unknown.
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
    std::vector<std::string> chain_;          // paths of the files whose includes are being processed
    std::size_t bytes_ = 0;
    bool full_ = false;   // a limit was reached: no more files are read
    bool sound_ = true;
};

}   // namespace talos::config
