#include "config/parse.hpp"

#include "config/access_reader.hpp"
#include "config/locate.hpp"
#include "config/scanner.hpp"
#include "config/syntax.hpp"
#include "config/worker_reader.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>

namespace talos::config {
namespace {

std::string folder_of(const std::string& path) { return absolute_path("..", path); }

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

void check_log_files(const std::vector<ReadWorker>& workers, const Config& config, Findings& findings) {
    std::unordered_map<std::string, const WorkerSpec*> owners;   // of files
    for (const auto& [worker, offsets] : workers) {
        for (std::size_t i = 0; i < worker.log.size(); ++i) {
            const auto& log = worker.log[i];
            if (log.target != LogSpec::Target::file) continue;
            const auto identity = log_identity(worker.name, log, config.data_dir);
            if (is_own(log, identity, config)) {
                findings.add(offsets[i], "the file " + in_quotes(log.file) + " is talosd's own");
                continue;
            }
            const auto [other, fresh] = owners.emplace(identity, &worker);
            if (fresh) continue;
            if (other->second == &worker) findings.add(offsets[i], "this worker writes to that file already");
            else if (other->second->name != worker.name)   // of the same name: a duplicate key, which is reported as such
                findings.add(offsets[i], "the log file of this worker is also that of " + in_quotes(other->second->name));
        }
    }
}

/// Where the two keys stand that only make sense together with others.
struct ControlOffsets {
    std::optional<std::size_t> socket;
    std::optional<std::size_t> access;
};

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

}  // namespace

std::optional<std::string> access_complaint(const Config& config, const std::string& data_dir) {
    if (config.access.empty()) return std::nullopt;
    const bool outside = !config.control_socket.empty() && (data_dir.empty() || !lies_in(config.control_socket, data_dir));
    if (outside) return std::nullopt;
    return "needs \"controlSocket\", a path outside the data directory (that is closed to others)";
}

std::string to_text(const Error& error, std::string_view file) {
    std::string text = std::string(file) + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) + ": ";
    if (!error.pointer.empty()) text += printable(error.pointer) + ": ";
    return text + printable(error.message);
}

Parsed parse(std::string_view text, const std::string& path) {
    text = without_bom(text);
    Parsed parsed;
    parsed.config.path = path;
    Findings findings(text);
    const Document document = read_document(text);
    if (document.error) {
        findings.add(document.error->offset, document.error->message);
        parsed.errors = findings.errors(Node{});
        parsed.errors.front().pointer.clear();
        return parsed;
    }
    check_everywhere(document.root, findings);
    Reader reader(findings);
    const std::string folder = folder_of(path);
    std::vector<ReadWorker> workers;
    ControlOffsets offsets;
    reader.fields(document.root, {
        {"$schema", [&](const Node& n) { reader.text(n); }},
        {"dataDir", [&](const Node& n) {
            if (const auto* value = reader.path(n)) parsed.config.data_dir = absolute_path(*value, folder);
        }},
        {"controlSocket", [&](const Node& n) {
            offsets.socket = n.offset;
            if (const auto* value = reader.file_path(n)) parsed.config.control_socket = absolute_path(*value, folder);
        }},
        {"access", [&](const Node& n) {
            offsets.access = n.offset;
            parsed.config.access = read_access(reader, n);
        }},
        {"workers", [&](const Node& n) {
            const auto* members = reader.object(n);
            if (members == nullptr) return;
            for (const auto& member : *members) workers.push_back(read_worker(reader, member, folder));
        }},
    });
    check_log_files(workers, parsed.config, findings);
    check_control(parsed.config, offsets, findings);
    parsed.errors = findings.errors(document.root);
    for (auto& worker : workers) parsed.config.workers.push_back(std::move(worker.spec));
    return parsed;
}

}  // namespace talos::config
