#include "posix/exec_path.hpp"
#include "posix/hanging_mounts.hpp"
#include "posix/file.hpp"
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr std::string_view default_path = "/usr/local/bin:/usr/bin:/bin";

std::string resolve(const std::string& path, const std::string& cwd) {
    return cwd.empty() || path.starts_with('/') ? path : cwd + "/" + path;
}

/// As much of the file as the kernel looks at (BINPRM_BUF_SIZE).
std::string read_head(const std::string& path) {
    std::array<char, 256> head{};
    const auto file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return {};
    const ssize_t size = ::read(file->get(), head.data(), head.size());
    return size > 0 ? std::string(head.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string explain_missing(const std::string& file, const std::string& cwd) {
    struct stat info {};
    if (::stat(file.c_str(), &info) < 0) {
        struct stat link {};
        return ::lstat(file.c_str(), &link) == 0 && S_ISLNK(link.st_mode) ? "it is a symbolic link to nothing" : "";
    }
    const std::string head = read_head(file);
    const std::string interpreter(interpreter_of(head));
    if (interpreter.ends_with('\r')) return "its #! line ends in a carriage return, which becomes part of the interpreter's name";
    if (!interpreter.empty() && ::access(resolve(interpreter, cwd).c_str(), F_OK) < 0) {
        return "its interpreter " + interpreter + " is missing";
    }
    if (head.starts_with("\x7f" "ELF")) return "the loader it was linked for is missing";
    return "";
}

std::string explain_denied(const std::string& file, const std::string& cwd) {
    struct stat info {};
    if (::stat(file.c_str(), &info) < 0) return errno == EACCES ? "a directory above it may not be searched" : "";
    if (S_ISDIR(info.st_mode)) return "it is a directory";
    if (!S_ISREG(info.st_mode)) return "it is not a regular file";
    if (::access(file.c_str(), X_OK) < 0) return "it is not executable";
    struct statvfs mounted {};
    if (::statvfs(file.c_str(), &mounted) == 0 && (mounted.f_flag & ST_NOEXEC) != 0) return "its file system is mounted noexec";
    const std::string head = read_head(file);
    const std::string interpreter(interpreter_of(head));
    if (!interpreter.empty() && ::access(resolve(interpreter, cwd).c_str(), X_OK) < 0) {
        return "its interpreter " + interpreter + " is not executable";
    }
    return "";
}

std::string explain_format(const std::string& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0 && info.st_size == 0) return "it is empty";
    const std::string head = read_head(file);
    if (head.starts_with("\x7f" "ELF")) return "it was built for another machine, or is damaged";
    if (head.starts_with("#!")) return "its #! line names no interpreter";
    return "no #! line?";
}

}  // namespace

std::string_view find_variable(std::string_view name, const std::vector<std::string>& env) {
    for (const std::string_view entry : env) {
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') return entry.substr(name.size() + 1);
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

std::string explain_exec_failure(int error, const std::string& path, const std::string& cwd) {
    // Where the program leads is up to those who can write it, and it may not be the child alone that gets stuck there.
    if ((error == ENOENT || error == EACCES || error == ENOEXEC) && has_hanging_mounts()) return "";
    const std::string file = resolve(path, cwd);
    switch (error) {
    case ENOENT: return explain_missing(file, cwd);
    case EACCES: return explain_denied(file, cwd);
    case ENOEXEC: return explain_format(file);
    case E2BIG: return "arguments and environment together are too large, or one of them is";
    case ETXTBSY: return "somebody has it open for writing";
    default: return "";
    }
}

}  // namespace talos::posix
