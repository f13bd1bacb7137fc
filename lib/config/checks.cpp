#include "config/checks.hpp"

#include "config/locate.hpp"
#include "config/parse.hpp"
#include "config/syntax.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>

namespace talos::config {
namespace {

/// A log file in a form in which equal means the same file, as far as texts can tell. The data directory may still be another one
/// (flag, environment): relative files are then compared among themselves.
std::string log_identity(const std::string& worker, const LogSpec& log, const std::string& data_dir) {
    const std::string file = log.file.empty() ? "logs/" + worker + ".log" : log.file;
    if (file.starts_with('/')) return absolute_path(file, "/");
    return data_dir.empty() ? std::filesystem::path(file).lexically_normal().string() : absolute_path(file, data_dir);
}

constexpr std::array<std::string_view, 5> own_files{"daemon.pid", "status.json", "daemon.log", "events.jsonl", "control.sock"};

/// Whether a worker's log would be written into one of talosd's files.
bool is_own(const LogSpec& log, const std::string& identity, const Config& config) {
    if (!config.control_socket.empty() && identity == config.control_socket) return true;
    if (log.file.empty() || log.file.starts_with('/')) return false;
    const auto relative = absolute_path(log.file, "/");
    return std::find(own_files.begin(), own_files.end(), relative.substr(1)) != own_files.end();
}

}  // namespace

void check_log_files(const std::vector<ReadWorker>& workers, const Config& config, Findings& findings) {
    std::unordered_map<std::string, const WorkerSpec*> owners;   // of files
    for (const auto& read : workers) {
        const auto& worker = read.spec;
        for (std::size_t i = 0; i < worker.log.size(); ++i) {
            const auto& log = worker.log[i];
            if (log.target != LogSpec::Target::file) continue;
            const auto identity = log_identity(worker.name, log, config.data_dir);
            if (is_own(log, identity, config)) {
                findings.add(read.log_offsets[i], "the file " + in_quotes(log.file) + " is talosd's own");
                continue;
            }
            const auto [other, fresh] = owners.emplace(identity, &worker);
            if (fresh) continue;
            if (other->second == &worker) findings.add(read.log_offsets[i], "this worker writes to that file already");
            else if (other->second->name != worker.name)   // of the same name: a duplicate key, which is reported as such
                findings.add(read.log_offsets[i], "the log file of " + in_quotes(worker.name) + " is also that of " + in_quotes(other->second->name));
        }
    }
}

void check_control(const Config& config, const ControlOffsets& offsets, Findings& findings) {
    const auto is_socket = [&](std::string_view own) {
        return own != "control.sock" && absolute_path(std::string(own), config.data_dir) == config.control_socket;
    };
    if (offsets.socket && !config.data_dir.empty() && std::any_of(own_files.begin(), own_files.end(), is_socket)) {
        findings.add(*offsets.socket, "the file " + in_quotes(config.control_socket) + " is talosd's own");
    }
    const bool unreadable = offsets.socket && config.control_socket.empty();   // which has been said
    if (!offsets.access || unreadable) return;
    if (auto complaint = access_complaint(config, config.data_dir)) findings.add(*offsets.access, std::move(*complaint));
}

std::optional<std::string> access_complaint(const Config& config, const std::string& data_dir) {
    if (config.access.empty()) return std::nullopt;
    const bool outside = !config.control_socket.empty() && (data_dir.empty() || !lies_in(config.control_socket, data_dir));
    if (outside) return std::nullopt;
    return "needs \"controlSocket\", a path outside the data directory (that is closed to others)";
}

}  // namespace talos::config
