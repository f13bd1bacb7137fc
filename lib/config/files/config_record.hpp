#pragma once
#include "core/result.hpp"
#include "core/siphash.hpp"
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::config {

/// Records the files of a config, including its includes, patterns and env files, to detect later whether any of them has
/// changed. A file that was only touched, or rewritten with the same content, has not changed. Contents are stored as keyed
/// hashes.
class ConfigRecord {
public:
    ConfigRecord();

    /// The metadata of a file from stat(2). nullopt if it is unavailable or so recent that a later change might not alter it.
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;
        timespec changed{};
        friend bool operator==(const Stamp& a, const Stamp& b) {
            return a.device == b.device && a.inode == b.inode && a.size == b.size && a.changed.tv_sec == b.changed.tv_sec &&
                   a.changed.tv_nsec == b.changed.tv_nsec;
        }
    };
    /// Take it before reading the file.
    [[nodiscard]] static std::optional<Stamp> stamp_of(const std::string& path);

    /// `text` is the content, or the failure to read it.
    void note_file(const std::string& path, std::optional<Stamp> before, const Result<std::string>& text);
    void note_pattern(const std::string& pattern, std::optional<Stamp> before, const Result<std::vector<std::string>>& found);
    /// The stamp of the only directory that the pattern searches; nullopt for a pattern over several directories. Take it before
    /// reading.
    [[nodiscard]] static std::optional<Stamp> stamp_of_pattern(const std::string& pattern);

    /// Functions that read a file or expand a pattern again. The parameter is the path or the pattern.
    struct Reading {
        std::function<Result<std::string>(const std::string&)> file;
        std::function<Result<std::vector<std::string>>(const std::string&)> pattern;
    };
    /// The absolute paths of changed files and patterns. Costs one stat(2) for each; a file is read again only if its metadata
    /// has changed. A path on a file system that may hang counts as unchanged.
    [[nodiscard]] std::vector<std::string> changed(const Reading& reading);

private:
    struct Seen {
        std::optional<SipHash128> hash;   // nullopt: it could not be read
        std::optional<Stamp> stamp;       // when `differs` was computed; nullopt: unknown
        bool differs = false;
    };
    [[nodiscard]] std::optional<SipHash128> hash_of(const Result<std::string>& text) const;
    [[nodiscard]] std::optional<SipHash128> hash_of(const Result<std::vector<std::string>>& found) const;
    template <class Read>
    [[nodiscard]] bool differs(Seen& seen, const std::optional<Stamp>& now, Read read) const;

    SipKey key_{};
    std::map<std::string, Seen> files_;
    std::map<std::string, Seen> patterns_;
};

}   // namespace talos::config
