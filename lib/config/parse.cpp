#include "config/parse.hpp"

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
std::string log_identity(const WorkerSpec& worker, const std::string& data_dir) {
    const std::string file = worker.log.file.empty() ? "logs/" + worker.name + ".log" : worker.log.file;
    if (file.starts_with('/')) return absolute_path(file, "/");
    return data_dir.empty() ? std::filesystem::path(file).lexically_normal().string() : absolute_path(file, data_dir);
}

void check_log_files(const std::vector<ReadWorker>& workers, const std::string& data_dir, Findings& findings) {
    constexpr std::array<std::string_view, 5> own{"daemon.pid", "status.json", "daemon.log", "events.jsonl", "control.sock"};
    std::unordered_map<std::string, std::string> owners;   // file to worker
    for (const auto& [worker, offset] : workers) {
        if (worker.log.target != LogSpec::Target::file) continue;
        const auto relative = worker.log.file.starts_with('/') ? std::string() : absolute_path(worker.log.file, "/");
        if (!relative.empty() && std::find(own.begin(), own.end(), relative.substr(1)) != own.end()) {
            findings.add(offset, "the file " + in_quotes(worker.log.file) + " is talosd's own");
            continue;
        }
        const auto [other, fresh] = owners.emplace(log_identity(worker, data_dir), worker.name);
        if (!fresh && other->second != worker.name) {   // of the same name: a duplicate key, which is reported as such
            findings.add(offset, "the log file of this worker is also that of " + in_quotes(other->second));
        }
    }
}

}  // namespace

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
    reader.fields(document.root, {
        {"$schema", [&](const Node& n) { reader.text(n); }},
        {"dataDir", [&](const Node& n) {
            if (const auto* value = reader.path(n)) parsed.config.data_dir = absolute_path(*value, folder);
        }},
        {"workers", [&](const Node& n) {
            const auto* members = reader.object(n);
            if (members == nullptr) return;
            for (const auto& member : *members) workers.push_back(read_worker(reader, member, folder));
        }},
    });
    check_log_files(workers, parsed.config.data_dir, findings);
    parsed.errors = findings.errors(document.root);
    for (auto& worker : workers) parsed.config.workers.push_back(std::move(worker.spec));
    return parsed;
}

}  // namespace talos::config
