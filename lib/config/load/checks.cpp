#include "config/load/checks.hpp"

#include "config/document/locate.hpp"
#include "config/document/quotes.hpp"
#include "config/load/parse.hpp"
#include "config/model/instances.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

namespace talos::config {
namespace {

/// A normalised path of a log file: equal results mean the same file, textually. If the data directory is unknown (a flag or the
/// environment may change it), relative paths are compared with each other.
std::string log_identity(const std::string& worker, const LogSpec& log, const std::string& data_dir) {
    const std::string file = log.file.empty() ? "logs/" + worker + ".log" : log.file;
    if (file.starts_with('/')) return absolute_path(file, "/");
    return data_dir.empty() ? std::filesystem::path(file).lexically_normal().string() : absolute_path(file, data_dir);
}

constexpr std::array<std::string_view, 6> own_files{"daemon.pid",   "status.json",    "daemon.log",
                                                    "events.jsonl", "overrides.json", "control.sock"};

/// `web.log` for `web.log.3` and `web.log.3.zst`, the names of old files; empty for any other name.
std::string current_of(std::string_view file) {
    constexpr std::string_view compressed = ".zst";
    if (file.ends_with(compressed)) file.remove_suffix(compressed.size());
    const auto digits = file.find_last_not_of("0123456789");
    const bool numbered = digits != std::string_view::npos && digits + 1 < file.size() && file[digits] == '.';
    return numbered ? std::string(file.substr(0, digits)) : std::string();
}

/// Whether this is one of talosd's own files.
bool is_own(const std::string& identity, const std::string& control_socket, const std::string& data_dir) {
    if (!control_socket.empty() && identity == control_socket) return true;
    const auto is = [&](std::string_view own) {
        return identity == (data_dir.empty() ? std::string(own) : absolute_path(std::string(own), data_dir));
    };
    return std::any_of(own_files.begin(), own_files.end(), is);
}

/// The absolute path of a log outside the data directory; nullopt for a log inside it, or if that is unknown.
std::optional<std::string> path_outside(const LogSpec& log, const std::string& data_dir) {
    if (log.file.empty() || (data_dir.empty() && !log.file.starts_with('/'))) return std::nullopt;
    auto path = log.file.starts_with('/') ? log.file : absolute_path(log.file, data_dir);
    return !data_dir.empty() && lies_in(path, data_dir) ? std::nullopt : std::optional(std::move(path));
}

/// Records which worker writes to which file.
class LogFiles {
public:
    /// `data_dir` is empty if it is unknown.
    LogFiles(const Config& config, std::string data_dir)
        : config_path_(config.path), control_socket_(config.control_socket), data_dir_(std::move(data_dir)) {}

    /// The reason why the worker cannot write to this file; nullopt if it can. The worker must outlive this object.
    std::optional<std::string> take(const WorkerSpec& worker, const LogSpec& log) {
        if (log.target != LogSpec::Target::file) return std::nullopt;
        const auto identity = log_identity(worker.name, log, data_dir_);
        const auto current = current_of(identity);
        const bool own =
            is_own(identity, control_socket_, data_dir_) || (!current.empty() && is_own(current, control_socket_, data_dir_));
        if (own) return "the file " + in_quotes(log.file) + " is talosd's own";
        if (identity == config_path_) return "the file " + in_quotes(log.file) + " is the config";
        if (identity == (data_dir_.empty() ? std::string("logs") : absolute_path("logs", data_dir_)))
            return "the file " + in_quotes(log.file) + " is the directory of the logs";
        if (auto complaint = rotated_away(worker, log, identity, current)) return complaint;
        const auto [other, fresh] = owners_.emplace(identity, &worker);
        if (fresh) return std::nullopt;
        if (other->second == &worker) return "this worker already writes to that file";
        if (other->second->name == worker.name) return std::nullopt;   // a duplicate key is reported separately
        return in_quotes(worker.name) + " has the same log file as " + in_quotes(other->second->name);
    }

private:
    /// A log with the name of another log's old file would be treated as that old file.
    std::optional<std::string> rotated_away(const WorkerSpec& worker, const LogSpec& log, const std::string& identity,
                                            const std::string& current) {
        if (log.keep > 0) rotating_.emplace(identity, &worker);
        if (!current.empty()) numbered_.emplace(current, &worker);
        const auto rotates = current.empty() ? rotating_.end() : rotating_.find(current);
        if (rotates != rotating_.end()) return "the file is an old file of the log of " + in_quotes(rotates->second->name);
        const auto older = log.keep > 0 ? numbered_.find(identity) : numbered_.end();
        if (older != numbered_.end())
            return "the log of " + in_quotes(older->second->name) + " has the name of an old file of this log";
        return std::nullopt;
    }

    std::string config_path_;
    std::string control_socket_;
    std::string data_dir_;
    std::unordered_map<std::string, const WorkerSpec*> rotating_;   // logs with old files
    std::unordered_map<std::string, const WorkerSpec*> numbered_;   // logs named like old files, without the number
    std::unordered_map<std::string, const WorkerSpec*> owners_;     // by file
};

}   // namespace

void check_instance_names(const std::vector<const Node*>& nodes, const std::vector<Group>& groups, Findings& findings) {
    if (groups.empty()) return;
    std::unordered_set<std::string_view> names;
    for (const auto& group : groups) names.insert(group.pattern.name);
    for (const auto* node : nodes) {
        const auto* members = std::get_if<Node::Object>(&node->value);
        if (members == nullptr) continue;
        for (const auto& member : *members)
            if (const auto group = group_in(member.key); names.contains(group))
                findings.add(member.offset, "the name is reserved for an instance of " + in_quotes(group));
    }
}

void check_log_files(const std::vector<ReadWorker>& workers, const Config& config, const HostSystem& host, Findings& findings) {
    const auto data_dir = host.data_dir(config.data_dir);
    LogFiles files(config, data_dir);
    for (const auto& read : workers) {
        for (std::size_t i = 0; i < read.spec.log.size(); ++i) {
            const auto& log = read.spec.log[i];
            if (auto complaint = files.take(read.spec, log)) {
                findings.add(read.log_offsets[i], std::move(*complaint));
                continue;
            }
            // Only talosd writes in the data directory. Obstacles there are renamed when the file is opened.
            const auto outside = path_outside(log, data_dir);
            const auto remark = outside ? host.log_complaint(*outside) : std::nullopt;
            if (!remark) continue;
            if (remark->weight == Remark::Weight::error) findings.add(read.log_offsets[i], remark->message);
            // Instances usually log to the same directory.
            else if (const auto* instance = read.spec.instance.get(); instance == nullptr || instance->index == 1)
                findings.warn(read.log_offsets[i], remark->message);
        }
    }
}

std::optional<std::string> log_complaint(const Config& config, std::size_t first) {
    LogFiles files(config, config.data_dir);
    for (std::size_t i = 0; i < config.workers.size(); ++i)
        for (const auto& log : config.workers[i].log)
            if (auto complaint = files.take(config.workers[i], log); complaint && i >= first) return complaint;
    return std::nullopt;
}

void check_control(const Config& config, const ControlOffsets& offsets, Findings& findings) {
    const auto is_socket = [&](std::string_view own) {
        return own != "control.sock" && absolute_path(std::string(own), config.data_dir) == config.control_socket;
    };
    if (offsets.socket && !config.data_dir.empty() && std::any_of(own_files.begin(), own_files.end(), is_socket)) {
        findings.add(*offsets.socket, "the file " + in_quotes(config.control_socket) + " is talosd's own");
    }
    const bool unreadable = offsets.socket && config.control_socket.empty();   // already reported
    if (!offsets.access || unreadable) return;
    if (auto complaint = access_complaint(config, config.data_dir)) findings.add(*offsets.access, std::move(*complaint));
}

std::optional<std::string> access_complaint(const Config& config, const std::string& data_dir) {
    if (config.access.empty()) return std::nullopt;
    const bool outside = !config.control_socket.empty() && (data_dir.empty() || !lies_in(config.control_socket, data_dir));
    if (outside) return std::nullopt;
    return "needs \"controlSocket\", a path outside the data directory (that is closed to others)";
}

}   // namespace talos::config
