#include "system/talos/cgroup.hpp"

#include "posix/descent/cgroup.hpp"
#include "posix/files/file.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include <boost/json/value.hpp>
#include <fstream>
#include <sstream>

namespace talos::test {

bool has_cgroups() {
    const auto tree = posix::CgroupTree::create();
    return tree && tree->remove();
}

std::string escape(const std::string& file, const std::string& what) {
    return "(setsid env -i /bin/sh -c 'echo $$ > " + file + ".new; /bin/mv " + file + ".new " + file + "; " + what +
           "' </dev/null >/dev/null 2>&1 &)";
}

pid_t pid_in(const std::string& file) {
    REQUIRE(eventually([&] { return read_text(file).ends_with('\n'); }));
    return static_cast<pid_t>(std::stol(read_text(file)));
}

std::string mounted_cgroup(const std::string& path) {
    std::ifstream mounts("/proc/self/mountinfo");
    std::stringstream text;
    text << mounts.rdbuf();
    const auto directory = posix::directory_of(posix::parse_cgroup_mounts(text.str()), path);
    REQUIRE(directory.has_value());
    return *directory;
}

std::string cgroup_of(const Daemon& daemon) {
    const auto status = daemon.status();
    REQUIRE(status.has_value());
    const auto* path = status->at("processes").as_object().if_contains("cgroup");
    return path != nullptr ? mounted_cgroup(std::string(path->as_string().c_str())) : std::string();
}

std::string cgroup_of(const Daemon& daemon, const std::string& worker) {
    std::string found;
    REQUIRE(eventually([&] {
        const auto status = daemon.status();
        if (!status) return false;
        for (const auto& row : status->at("workers").as_array()) {
            const auto* path = row.at("name").as_string() == worker ? row.as_object().if_contains("cgroup") : nullptr;
            if (path != nullptr) found = path->as_string().c_str();
        }
        return !found.empty();
    }));
    return mounted_cgroup(found);
}

}   // namespace talos::test
