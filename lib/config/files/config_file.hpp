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
inline constexpr std::size_t env_file_limit = std::size_t{1} << 20;   // execve(2) accepts little more; each worker has a copy

/// Reads configs, the files that they include, and their env files. A process of root executes what these files say, so only root
/// and the given owners may be able to write them. posix::inspect checks the same descriptor that the text is read from, and each
/// directory and link on the way. Copies share their warnings.
class ConfigFiles {
public:
    enum class Rule {
        any_owner,   ///< for an ordinary user: another user's config can do no more than that user
        refuse,
        warn   ///< for PID 1 in a container: the image and its mounts determine the owners of files
    };

    /// Uses the rule for this process. The trusted owners are root, the real user (the caller), the user in `$SUDO_UID` if this
    /// process runs as root, and `owners` (--trust-owner).
    explicit ConfigFiles(std::vector<uid_t> owners);
    ConfigFiles() : ConfigFiles(std::vector<uid_t>{}) {}
    ConfigFiles(Rule rule, std::vector<uid_t> owners);

    /// A copy that records everything it reads in `record`.
    [[nodiscard]] ConfigFiles noting_in(std::shared_ptr<ConfigRecord> record) const;
    /// The absolute paths of the files and patterns in `record` that have changed, under this rule.
    [[nodiscard]] std::vector<std::string> changed_since(ConfigRecord& record) const;

    /// Reads a whole file. Fails like posix::read_file, and with a message with path, owner and mode if the file is not trusted.
    [[nodiscard]] Result<std::string> read(const std::string& path) const;

    /// The host system as this process sees it. The result may outlive this object.
    [[nodiscard]] HostSystem surroundings() const;
    /// The same for a caller that is not the talosd of that config. A talosd of the config's owner or of root usually reads
    /// another user's config, so the rights of an ordinary caller say nothing about its logs.
    [[nodiscard]] HostSystem surroundings_of(const std::string& config) const;
    /// The same without values: env files count as empty, and every variable counts as set. For a caller that needs only names
    /// and paths, and may lack the right to read those files or have a different environment.
    [[nodiscard]] HostSystem surroundings_without_values() const;

    /// The warnings under Rule::warn since the last call.
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
