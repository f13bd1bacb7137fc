#include "daemon/owner_text.hpp"
#include "daemon/passwd.hpp"
#include <cstdio>
#include <sys/stat.h>

namespace talos::daemon {
std::string owner_text(uid_t uid) {
    const auto name = local_name(uid);
    const auto number = "uid " + std::to_string(uid);
    return name.empty() ? number : name + " (" + number + ")";
}

std::string mode_text(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777u));
    return text;
}

std::string to_text(const posix::Objection& objection) {
    const auto subject = (objection.link ? "link " : objection.directory ? "directory " : "") + objection.path;
    if (objection.foreign) {
        const auto mode = objection.link ? std::string() : ", mode " + mode_text(objection.mode);
        return subject + " belongs to " + owner_text(objection.owner) + mode;
    }
    const char* writers = (objection.mode & S_IWOTH) != 0 ? "every user" : "its group";
    return subject + " can be written by " + writers + " (owner " + owner_text(objection.owner) + ", mode " + mode_text(objection.mode) + ")";
}

std::string remedy(const posix::Objection& objection) {
    if (!objection.foreign) return "`chmod go-w " + objection.path + "` takes that away";
    const auto name = local_name(objection.owner);
    return "`--trust-owner " + (name.empty() ? std::to_string(objection.owner) : name) + "` accepts files of this user";
}

}  // namespace talos::daemon
