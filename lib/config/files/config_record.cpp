#include "config/files/config_record.hpp"

#include "posix/files/hanging_mounts.hpp"
#include "posix/processes/random.hpp"
#include <algorithm>
#include <cstring>
#include <sys/stat.h>
#include <utility>

namespace talos::config {
namespace {

/// Two changes within one tick of the kernel's clock have the same timestamp. So a stamp this recent cannot show later changes.
constexpr std::time_t young = 1;

bool is_young(const timespec& changed) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return changed.tv_sec + young >= now.tv_sec;   // also true for a time in the future
}

}   // namespace

ConfigRecord::ConfigRecord() {
    for (std::size_t at = 0; at < key_.size(); at += sizeof(std::uint64_t)) {
        const auto bits = posix::random_number();
        std::memcpy(&key_[at], &bits, sizeof bits);
    }
}

std::optional<ConfigRecord::Stamp> ConfigRecord::stamp_of(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || is_young(info.st_ctim)) return std::nullopt;
    return Stamp{info.st_dev, info.st_ino, info.st_size, info.st_ctim};
}

std::optional<SipHash128> ConfigRecord::hash_of(const Result<std::string>& text) const {
    return text ? std::optional(siphash(key_, *text)) : std::nullopt;
}

std::optional<SipHash128> ConfigRecord::hash_of(const Result<std::vector<std::string>>& found) const {
    if (!found) return std::nullopt;
    auto names = *found;
    std::sort(names.begin(), names.end());
    std::string all;
    for (const auto& name : names) all.append(name).push_back('\0');
    return siphash(key_, all);
}

std::optional<ConfigRecord::Stamp> ConfigRecord::stamp_of_pattern(const std::string& pattern) {
    const auto folder = pattern.substr(0, pattern.rfind('/'));
    if (folder.empty() || folder.find_first_of("*?[\\") != std::string::npos) return std::nullopt;
    return stamp_of(folder);
}

void ConfigRecord::note_file(const std::string& path, std::optional<Stamp> before, const Result<std::string>& text) {
    files_[path] = Seen{hash_of(text), text ? before : std::nullopt, false};
}

void ConfigRecord::note_pattern(const std::string& pattern, std::optional<Stamp> before,
                                const Result<std::vector<std::string>>& found) {
    patterns_[pattern] = Seen{hash_of(found), before, false};
}

/// `now` must be taken before `read` is called.
template <class Read>
bool ConfigRecord::differs(Seen& seen, const std::optional<Stamp>& now, Read read) const {
    if (now && now == seen.stamp) return seen.differs;
    seen.differs = hash_of(read()) != seen.hash;
    seen.stamp = now;
    return seen.differs;
}

std::vector<std::string> ConfigRecord::changed(const Reading& reading) {
    std::vector<std::string> names;
    for (auto& [path, seen] : files_) {
        const auto read = [&, &name = path] { return reading.file(name); };
        if (!posix::may_hang(path) && differs(seen, stamp_of(path), read)) names.push_back(path);
    }
    for (auto& [pattern, seen] : patterns_) {
        const auto read = [&, &name = pattern] { return reading.pattern(name); };
        if (!posix::may_hang(pattern) && differs(seen, stamp_of_pattern(pattern), read)) names.push_back(pattern);
    }
    return names;
}

}   // namespace talos::config
