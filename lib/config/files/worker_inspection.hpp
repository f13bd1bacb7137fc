#pragma once
#include "config/model/host_system.hpp"
#include "posix/rights/child_attributes.hpp"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace talos::config {

/// Checks whether talosd could start a worker on this machine. A missing program or working directory is a warning, because a
/// hook or a mount may still provide it. Each name is looked up once. A worker with another `user` is checked with the rights of
/// that user.
class WorkerInspection {
public:
    /// The rights of a user over files, by the user's name; nullopt for an unknown user. Without this function, talosd's own
    /// rights are used, because a static executable cannot query the databases.
    using RightsOf = std::function<std::optional<posix::Credentials>(const std::string& user)>;
    explicit WorkerInspection(RightsOf rights_of = {}) { known_->rights_of = std::move(rights_of); }

    [[nodiscard]] std::vector<Remark> operator()(const WorkerSpec& worker) const;

private:
    using Complaints = std::map<std::string, std::string>;   ///< by the name that was looked up; empty: no complaint
    struct Known {
        Complaints programs;   ///< by user, search path, directory and name
        Complaints directories;
        RightsOf rights_of{};
        std::map<std::string, std::optional<posix::Credentials>> users{};   ///< by name: a lookup may query a network service
    };

    std::shared_ptr<Known> known_ = std::make_shared<Known>();   // shared, because a std::function is copied
};

/// The reason why the program of a command cannot be executed; empty if it can or if that is unknown. `path` is the value of
/// PATH, for a name without a slash. `cwd` is the base of a relative path.
[[nodiscard]] std::string program_complaint(const std::string& program, const std::string& path, const std::string& cwd);

/// The reason why this cannot be a working directory; empty if it can or if that is unknown.
[[nodiscard]] std::string directory_complaint(const std::string& path);

}   // namespace talos::config
