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

/// Checks a worker against this machine, as talosd would start it: a missing program or working directory is a warning, since a hook or a
/// mount may still provide it. Each name is looked up once. Of a worker with another `user`, what that user can see is told.
class WorkerInspection {
public:
    /// The rights over files of a user by its name; nothing for one that is not known. Without it, all is seen with talosd's own rights:
    /// a static executable cannot ask the databases.
    using RightsOf = std::function<std::optional<posix::Credentials>(const std::string& user)>;
    explicit WorkerInspection(RightsOf rights_of = {}) { known_->rights_of = std::move(rights_of); }

    [[nodiscard]] std::vector<Remark> operator()(const WorkerSpec& worker) const;

private:
    using Complaints = std::map<std::string, std::string>;   ///< by what was looked up; empty: none
    struct Known {
        Complaints programs;   ///< by user, search path, directory and name
        Complaints directories;
        RightsOf rights_of{};
        std::map<std::string, std::optional<posix::Credentials>> users{};   ///< by name: a look-up may ask a network
    };

    std::shared_ptr<Known> known_ = std::make_shared<Known>();   // shared, since a std::function is copied
};

/// Why the program of a command cannot be executed, or empty when it can or when that cannot be told. `path`: the value of PATH, used for a
/// name without a slash; `cwd`: what a relative path starts at.
[[nodiscard]] std::string program_complaint(const std::string& program, const std::string& path, const std::string& cwd);

/// Why this cannot be a working directory, or empty when it can or when that cannot be told.
[[nodiscard]] std::string directory_complaint(const std::string& path);

}   // namespace talos::config
