#include "accounts/owner_text.hpp"
#include "accounts/passwd.hpp"
#include <cstdio>
#include <sys/stat.h>

namespace talos::accounts {
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
    const std::string writers = (objection.writers & S_IWOTH) != 0 ? "every user" : "its group";
    if (objection.foreign) {
        const auto mode = objection.link ? std::string() : ", mode " + mode_text(objection.mode);
        const auto open = objection.writers != 0 ? ", and can be written by " + writers : std::string();
        return subject + " belongs to " + owner_text(objection.owner) + mode + open;
    }
    return subject + " can be written by " + writers + " (owner " + owner_text(objection.owner) + ", mode " +
           mode_text(objection.mode) + ")";
}

std::string to_text(const std::vector<posix::Objection>& objections) {
    std::string text;
    std::string options;
    std::string paths;
    for (const auto& objection : objections) {
        text += (text.empty() ? "" : "; ") + to_text(objection);
        const auto option = trust_option(objection.owner);
        if (objection.foreign && (options + ' ').find(' ' + option + ' ') == std::string::npos) options += ' ' + option;
        if (objection.writers != 0) paths += ' ' + objection.path;
    }
    const bool several_users = options.find(" --", 1) != std::string::npos;
    const bool several_paths = paths.find(" /", 1) != std::string::npos;
    if (!options.empty())
        text += "; `" + options.substr(1) + "` accepts files of " + (several_users ? "these users" : "this user");
    if (!paths.empty()) text += "; `chmod go-w" + paths + "` closes " + (several_paths ? "them" : "it") + " to others";
    return text;
}

std::string trust_option(uid_t owner) {
    const auto name = local_name(owner);
    return "--trust-owner " + (name.empty() ? std::to_string(owner) : name);
}

}   // namespace talos::accounts
