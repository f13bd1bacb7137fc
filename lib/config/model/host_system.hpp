#pragma once
#include "config/document/locate.hpp"
#include "config/model/model.hpp"
#include "core/result.hpp"
#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace talos::config {

/// What the machine says about one worker.
struct Remark {
    enum class Weight : std::uint8_t { warning, error };
    Weight weight = Weight::warning;
    std::string pointer;   ///< to the key that it is about, below the worker: `/command`, `/hooks/preStart/command`
    std::string message;
};

/// How a config reaches what it names. By default there is nothing around it.
struct HostSystem {
    Getenv getenv = [](const char*) -> std::optional<std::string> { return std::nullopt; };
    /// The whole of a file to be included; paths are absolute.
    std::function<Result<std::string>(const std::string& path)> read_file = [](const std::string& path) {
        return Result<std::string>(failure_of(ENOENT, "open " + path));
    };
    /// The files that match a pattern of glob(7), in which a backslash takes a character's meaning away; in any order, none is no failure.
    std::function<Result<std::vector<std::string>>(const std::string& pattern)> glob = [](const std::string&) {
        return Result<std::vector<std::string>>(std::vector<std::string>());
    };
    /// Why talosd would not write a log to that path; nothing when it would. An error for what is there and never becomes a log, a warning
    /// for what may be put right while talosd runs. The pointer is not used.
    std::function<std::optional<Remark>(const std::string& path)> log_complaint = [](const std::string&) {
        return std::optional<Remark>();
    };
    /// The data directory, absolute, by what the config says of it (empty: nothing): relative log files start there. Empty: it is not known.
    std::function<std::string(const std::string& from_config)> data_dir = [](const std::string& from_config) {
        return from_config;
    };
    /// The whole of an env file.
    std::function<Result<std::string>(const std::string& path)> read_env_file = [](const std::string& path) {
        return Result<std::string>(failure_of(ENOENT, "open " + path));
    };
    /// Whether a worker can run here: accounts, programs, directories. Of instances, only the first one is inspected.
    std::function<std::vector<Remark>(const WorkerSpec& worker)> inspect = [](const WorkerSpec&) {
        return std::vector<Remark>();
    };
};

}   // namespace talos::config
