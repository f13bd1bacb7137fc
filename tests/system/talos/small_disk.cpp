#include "system/talos/small_disk.hpp"

#include "support/catch.hpp"
#include <filesystem>

namespace talos::test {

std::optional<Command> on_small_disk(const Daemon& daemon, const std::string& folder, const std::string& size,
                                     const std::string& options) {
    std::vector<std::string> words{"unshare", "--mount"};
    if (!is_root()) words.insert(words.end(), {"--user", "--map-root-user"});
    auto trial = words;
    trial.emplace_back("true");
    if (run(Command{.argv = trial}).code != 0) return std::nullopt;
    std::filesystem::create_directory(folder);
    auto how = daemon.command();
    const std::string mount = "mount -t tmpfs -o mode=0700,size=" + size + options + " none " + folder;
    words.insert(words.end(), {"sh", "-c", mount + " && exec \"$@\"", "sh"});
    words.insert(words.end(), how.argv.begin(), how.argv.end());
    how.argv = words;
    return how;
}

std::string seen_by(pid_t pid, const std::string& path) { return "/proc/" + std::to_string(pid) + "/root" + path; }

int run_beside(pid_t pid, const std::vector<std::string>& words) {
    std::vector<std::string> argv{"nsenter", "--target", std::to_string(pid), "--mount"};
    if (!is_root()) argv.insert(argv.end(), {"--user", "--preserve-credentials"});
    argv.insert(argv.end(), words.begin(), words.end());
    return run(Command{.argv = argv}).code;
}

}   // namespace talos::test
