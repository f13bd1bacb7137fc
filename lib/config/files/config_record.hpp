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

/// What a config was read from, its includes, patterns and env files among them: to tell later whether any of it says something else by
/// now. A file that was only touched, or written anew with the same content, has not changed. Contents are kept as keyed hashes.
class ConfigRecord {
public:
    ConfigRecord();

    /// What stat(2) says of a file; nothing where it says nothing, or where a later change might not show in it.
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
    /// To be taken before the file is read.
    [[nodiscard]] static std::optional<Stamp> stamp_of(const std::string& path);

    /// `text`: what was read, or why nothing could be.
    void note_file(const std::string& path, std::optional<Stamp> before, const Result<std::string>& text);
    void note_pattern(const std::string& pattern, std::optional<Stamp> before, const Result<std::vector<std::string>>& found);
    /// The stamp of the one directory whose names the pattern is about; nothing for patterns of directories. To be taken before it is read.
    [[nodiscard]] static std::optional<Stamp> stamp_of_pattern(const std::string& pattern);

    /// How the files are read again; the path of a file or a pattern.
    struct Reading {
        std::function<Result<std::string>(const std::string&)> file;
        std::function<Result<std::vector<std::string>>(const std::string&)> pattern;
    };
    /// The files and patterns that say something else now, absolute. Costs a stat(2) for each file and pattern; one is read again only when that
    /// says something new. What lies on a file system that may not answer counts as unchanged.
    [[nodiscard]] std::vector<std::string> changed(const Reading& reading);

private:
    struct Seen {
        std::optional<SipHash128> hash;   // nothing: it could not be read
        std::optional<Stamp> stamp;       // when `differs` was found out; nothing: unknown
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
