#include "state/data_directory.hpp"

#include "config/document/locate.hpp"
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace talos::state {
namespace {

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777u));
    return text;
}

}   // namespace

Result<> DataDirectory::prepare(std::string& warning) const {
    if (path_.empty()) return failure_of(ENOENT, "data directory with an empty name");
    const std::string what = "data directory " + path_;
    const auto opened = own_->descriptor(posix::OwnDirectory::Make::yes);
    if (!opened) return opened.error();
    if (::faccessat((*opened)->get(), ".", W_OK | X_OK, AT_EACCESS) < 0) return last_error("write into " + what);
    if ((own_->mode() & 077u) != 0) {
        warning = what + " has mode " + octal(own_->mode()) + ": other users can read its files; run `chmod 700 " + path_ + "`";
    }
    return {};
}

posix::Location DataDirectory::located(const std::string& file) const {
    const auto resolved = config::absolute_path(file, path_);
    if (!config::lies_in(resolved, path_)) return {resolved};
    return {path_ + resolved.substr(config::absolute_path(path_, "/").size()), own_};
}

}   // namespace talos::state
