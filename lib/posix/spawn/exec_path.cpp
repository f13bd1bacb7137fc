#include "posix/spawn/exec_path.hpp"
#include "posix/files/hanging_mounts.hpp"
#include "posix/files/visible_file.hpp"
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr std::string_view default_path = "/usr/local/bin:/usr/bin:/bin";

std::string resolve(const std::string& path, const std::string& cwd) {
    return cwd.empty() || path.starts_with('/') ? path : cwd + "/" + path;
}

/// The file and the user that it is examined for, for messages.
struct View {
    const std::string& file;
    const std::string& cwd;
    std::string by;   ///< ` by user www`; empty for talosd's own user
};

bool says_missing(const Failure& failure) { return failure.errno_value() == ENOENT || failure.errno_value() == ENOTDIR; }

std::string explain_missing(const View& view) {
    const auto found = VisibleFile::find(view.file);
    if (!found) {
        const bool to_nothing = says_missing(found.error()) && VisibleFile::is_link(view.file);
        return to_nothing ? "it is a symbolic link to nothing" : "";
    }
    const std::string head = found->head();
    const std::string interpreter(interpreter_of(head));
    if (interpreter.ends_with('\r')) return "its #! line ends in a carriage return, which becomes part of the interpreter's name";
    if (!interpreter.empty()) {
        const auto its = VisibleFile::find(resolve(interpreter, view.cwd));
        if (!its && says_missing(its.error())) return "its interpreter " + interpreter + " is missing";
    }
    if (head.starts_with("\x7f"
                         "ELF"))
        return "its dynamic loader is missing";
    return "";
}

std::string explain_denied(const View& view) {
    const auto found = VisibleFile::find(view.file);
    if (!found) return found.error().errno_value() == EACCES ? "a directory above it cannot be searched" + view.by : "";
    const auto mode = found->info().st_mode;
    if (S_ISDIR(mode)) return "it is a directory";
    if (!S_ISREG(mode)) return "it is not a regular file";
    if (!found->executable()) return "it is not executable" + view.by;
    if (found->mounted_noexec()) return "its file system is mounted noexec";
    const std::string interpreter(interpreter_of(found->head()));
    if (interpreter.empty()) return "";
    const auto its = VisibleFile::find(resolve(interpreter, view.cwd));
    const bool denied = its ? !its->executable() : its.error().errno_value() == EACCES;
    return denied ? "its interpreter " + interpreter + " is not executable" + view.by : "";
}

std::string explain_format(const View& view) {
    const auto found = VisibleFile::find(view.file);
    if (!found) return "";
    if (found->info().st_size == 0) return "it is empty";
    const std::string head = found->head();
    if (head.empty()) return "";
    if (head.starts_with("\x7f"
                         "ELF"))
        return "it was built for another machine, or is damaged";
    if (head.starts_with("#!")) return "its #! line names no interpreter";
    return "no #! line?";
}

}   // namespace

std::string_view find_variable(std::string_view name, const std::vector<std::string>& env) {
    for (const std::string_view entry : env) {
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    }
    return {};
}

std::vector<std::string> exec_candidates(const std::string& program, const std::vector<std::string>& env) {
    if (program.empty()) return {};
    if (program.find('/') != std::string::npos) return {program};
    std::string_view path = find_variable("PATH", env);
    if (path.data() == nullptr) path = default_path;

    std::vector<std::string> candidates;
    for (;;) {
        const auto end = path.find(':');
        const std::string_view directory = path.substr(0, end);
        candidates.push_back(std::string(directory.empty() ? "." : directory) + "/" + program);
        if (end == std::string_view::npos) return candidates;
        path.remove_prefix(end + 1);
    }
}

std::string_view interpreter_of(std::string_view head) {
    if (!head.starts_with("#!")) return {};
    head = head.substr(2, head.find('\n') - 2);
    const auto begin = head.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    head.remove_prefix(begin);
    return head.substr(0, head.find_first_of(std::string_view(" \t\0", 3)));
}

std::string explain_exec_failure(int error, const std::string& path, const std::string& cwd, const Credentials* user) {
    if (error == E2BIG) return "the arguments or the environment are too large";
    if (error == ETXTBSY) return "another process has it open for writing";
    if (error != ENOENT && error != EACCES && error != ENOEXEC) return "";
    // Users that can write the program control where its path leads. More than the child could hang there.
    if (has_hanging_mounts()) return "";
    const auto rights = see_as(user);
    if (!rights) return "";
    const std::string file = resolve(path, cwd);
    const bool other = user != nullptr && user->uid != ::geteuid();
    const View view{file, cwd, other ? " by user " + user->user : ""};
    if (error == ENOENT) return explain_missing(view);
    return error == EACCES ? explain_denied(view) : explain_format(view);
}

std::string interpreter_in(const std::string& path) {
    const auto file = VisibleFile::find(path);
    return file ? std::string(interpreter_of(file->head())) : std::string();
}

}   // namespace talos::posix
