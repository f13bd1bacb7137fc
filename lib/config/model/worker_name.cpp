#include "config/model/worker_name.hpp"

#include <algorithm>
#include <string_view>

namespace talos::config {
namespace {

constexpr std::string_view first_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view further_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@-";
constexpr std::size_t longest_name = 64;

std::string name_after(std::string_view program) {
    while (program.ends_with('/')) program.remove_suffix(1);
    std::string name(program.substr(program.rfind('/') + 1));
    for (char& c : name) {
        if (further_characters.find(c) == std::string_view::npos) c = '_';
    }
    name.erase(0, std::min(name.find_first_of(first_characters), name.size()));   // `./.hidden`, `[`
    name.resize(std::min(name.size(), longest_name));
    if (name.empty()) return "worker";
    return name == "all" ? "all_" : name;
}

}   // namespace

bool valid_worker_name(const std::string& name) {
    return !name.empty() && name.size() <= longest_name && first_characters.find(name.front()) != std::string_view::npos &&
           name.find_first_not_of(further_characters) == std::string::npos && name != "all";
}

WorkerSpec ad_hoc_worker(std::vector<std::string> command, const std::string& cwd) {
    WorkerSpec worker;
    worker.name = name_after(command.empty() ? std::string_view() : std::string_view(command.front()));
    worker.command = std::move(command);
    worker.cwd = cwd;
    worker.restart.policy = RestartSpec::Policy::never;
    return worker;
}

}   // namespace talos::config
