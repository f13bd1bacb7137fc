#pragma once
#include "config/files/config_record.hpp"
#include "config/model/host_system.hpp"
#include "core/result.hpp"
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace talos::config {

inline constexpr std::size_t config_limit = std::size_t{16} << 20;
inline constexpr std::size_t env_file_limit = std::size_t{1} << 20;   // execve(2) takes little more; each worker has a copy

/// Reads configs, the files that they include and their env files. A process of root executes what these files say, so they must be
/// files that only root and the given owners can write: posix::inspect judges the very descriptor that the text is read from, and each
/// directory and link on the way. Copies share their warnings.
class ConfigFiles {
public:
    enum class Rule {
        any_owner,   ///< of an ordinary user: a foreign config can do no more than that user can
        refuse,
        warn   ///< of PID 1: in a container, the image and its mounts decide whose files there are
    };

    /// By the rule for this process. Trusted are root, the real user (the caller), `$SUDO_UID` as it is now, when this process is root's,
    /// and `owners` (--trust-owner).
    explicit ConfigFiles(std::vector<uid_t> owners);
    ConfigFiles() : ConfigFiles(std::vector<uid_t>{}) {}
    ConfigFiles(Rule rule, std::vector<uid_t> owners);

    /// The same, with `record` told of everything that is read through it.
    [[nodiscard]] ConfigFiles noting_in(std::shared_ptr<ConfigRecord> record) const;
    /// The files and patterns of `record` that say something else now, by this rule; absolute.
    [[nodiscard]] std::vector<std::string> changed_since(ConfigRecord& record) const;

    /// The whole of the file. Fails like posix::read_file, and with a sentence that names path, owner and mode of what is not trusted.
    [[nodiscard]] Result<std::string> read(const std::string& path) const;

    /// What a config may name, as this process sees it. The result may outlive this object.
    [[nodiscard]] HostSystem surroundings() const;
    /// The same for a caller that is not the talosd of that config. Another user's config is mostly read by a talosd of that user or of root:
    /// what an ordinary user may not write says nothing about its logs.
    [[nodiscard]] HostSystem surroundings_of(const std::string& config) const;
    /// The same without values: env files count as empty, and every variable is set. For a caller that needs only names and places, and
    /// may not be allowed to read those files, or has another environment than talosd.
    [[nodiscard]] HostSystem surroundings_without_values() const;

    /// The sentences that Rule::warn let pass since the last call.
    [[nodiscard]] std::vector<std::string> take_warnings() const;

    [[nodiscard]] Rule rule() const { return rule_; }
    [[nodiscard]] const std::vector<uid_t>& owners() const { return owners_; }

private:
    [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t limit) const;
    [[nodiscard]] Result<std::string> read_unnoted(const std::string& path, std::size_t limit) const;
    [[nodiscard]] Result<> admit(const std::string& path, const std::string& complaint) const;
    [[nodiscard]] Result<std::vector<std::string>> glob(const std::string& pattern) const;
    [[nodiscard]] Result<std::vector<std::string>> glob_unnoted(const std::string& pattern) const;

    Rule rule_;
    std::vector<uid_t> owners_;
    std::shared_ptr<std::vector<std::string>> warnings_;
    std::shared_ptr<ConfigRecord> record_;
};

}   // namespace talos::config
