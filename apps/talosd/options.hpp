#pragma once
#include "config/files/account_inspection.hpp"
#include "config/model/model.hpp"
#include "terminal/style.hpp"
#include "turn/observer.hpp"
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace talosd {

struct Options {
    std::string config;
    std::string data_dir;
    std::optional<talos::config::RestartSpec::Policy> restart;   ///< of COMMAND
    std::vector<uid_t> trust_owners;                             ///< users besides root whose config files talosd reads as root
    bool check = false;
    talos::config::Accounts accounts = talos::config::Accounts::must_exist;
    talos::turn::Level log_level = talos::turn::Level::info;
    talos::terminal::ColorMode color = talos::terminal::ColorMode::automatic;
    int ready_fd = -1;
    std::vector<std::string> command;   ///< after `--`; empty: read the config
};

/// The options, or the exit code if there is nothing more to do (help, version: 0; usage error: 2).
[[nodiscard]] std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}   // namespace talosd
