#include "config/parse.hpp"

#include "config/access_reader.hpp"
#include "config/checks.hpp"
#include "config/env_reader.hpp"
#include "config/locate.hpp"
#include "config/merge.hpp"
#include "config/syntax.hpp"
#include "config/templates.hpp"
#include "config/worker_reader.hpp"

namespace talos::config {
namespace {

/// What workers are made of.
struct Parts {
    const Node* defaults = nullptr;
    const Node* templates = nullptr;
    const Node* workers = nullptr;
};

Parts read_top(Reader& reader, const Node& root, Config& config, ControlOffsets& offsets) {
    Parts parts;
    const auto folder = reader.folder(root);
    reader.fields(root, {
        {"$schema", [&](const Node& n) { reader.text(n); }},
        {"dataDir", [&](const Node& n) {
            if (const auto* value = reader.path(n)) config.data_dir = absolute_path(*value, folder);
        }},
        {"controlSocket", [&](const Node& n) {
            offsets.socket = n.offset;
            if (const auto* value = reader.file_path(n)) config.control_socket = absolute_path(*value, folder);
        }},
        {"access", [&](const Node& n) {
            offsets.access = n.offset;
            config.access = read_access(reader, n);
        }},
        {"defaults", [&](const Node& n) { parts.defaults = &n; }},
        {"templates", [&](const Node& n) { parts.templates = &n; }},
        {"workers", [&](const Node& n) { parts.workers = &n; }},
    });
    return parts;
}

/// What every worker takes over.
Node::Object read_defaults(Reader& reader, const Node* node) {
    Node::Object defaults;
    const auto* members = node != nullptr ? reader.object(*node) : nullptr;
    if (members == nullptr) return defaults;
    for (const auto& member : *members) {
        if (member.key == "command") reader.findings().add(member.offset, "\"command\" has no default: each worker has its own");
        else if (member.key == "extends") reader.findings().add(member.offset, "\"extends\" stands in workers and templates");
        else defaults.push_back(member);
    }
    check_keys(reader, Node{defaults, node->offset});
    return defaults;
}

void read_templates(Reader& reader, const Node* node, Templates& templates) {
    const auto* members = node != nullptr ? reader.object(*node) : nullptr;
    if (members == nullptr) return;
    for (const auto& member : *members) {
        templates.add(member);
        check_keys(reader, member.value);
    }
    templates.check();
}

/// The worker with all that it takes over; nothing when it says everything itself.
std::optional<Member> completed(const Member& worker, const Node::Object& defaults, Templates& templates) {
    const auto* own = std::get_if<Node::Object>(&worker.value.value);
    const auto* extends = own != nullptr ? find_member(*own, "extends") : nullptr;
    if (own == nullptr || (defaults.empty() && extends == nullptr)) return std::nullopt;
    const auto below = extends != nullptr ? merge(defaults, templates.said_by(extends->value)) : defaults;
    return Member{worker.key, worker.offset, Node{merge(below, *own), worker.value.offset}};
}

std::vector<ReadWorker> read_workers(Reader& reader, const Parts& parts, const Around& around) {
    const auto defaults = read_defaults(reader, parts.defaults);
    Templates templates(reader);
    read_templates(reader, parts.templates, templates);
    std::vector<ReadWorker> workers;
    const auto* members = parts.workers != nullptr ? reader.object(*parts.workers) : nullptr;
    if (members == nullptr) return workers;
    workers.reserve(members->size());
    for (const auto& member : *members) {
        const auto whole = completed(member, defaults, templates);
        workers.push_back(read_worker(reader, whole ? *whole : member, around));
    }
    return workers;
}

}  // namespace

std::string shown_file(const Error& error, std::string_view config) {
    if (error.file.empty()) return std::string(config);
    if (error.file.starts_with('/')) return error.file;
    return std::string(config.substr(0, config.rfind('/') + 1)) + error.file;
}

std::string to_text(const Error& error, std::string_view config) {
    const auto file = printable(shown_file(error, config));
    std::string text = file + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) + ": ";
    if (!error.pointer.empty()) text += printable(error.pointer) + ": ";
    return text + printable(error.message);
}

Parsed parse(std::string_view text, const std::string& path, const Surroundings& around) {
    Parsed parsed;
    parsed.config.path = path;
    Sources sources;
    Findings findings(sources);
    auto& file = sources.add(path, text);
    Document document = read_document(file.text);
    if (document.error) {
        findings.add(document.error->offset, document.error->message);
        parsed.errors = findings.errors();
        return parsed;
    }
    file.root = std::move(document.root);
    check_everywhere(file.root, findings);
    Reader reader(findings);
    ControlOffsets offsets;
    const auto parts = read_top(reader, file.root, parsed.config, offsets);
    EnvFiles env_files(sources, findings, around);
    auto workers = read_workers(reader, parts, Around{env_files, around.getenv});
    check_log_files(workers, parsed.config, findings);
    check_control(parsed.config, offsets, findings);
    parsed.errors = findings.errors();
    for (auto& worker : workers) parsed.config.workers.push_back(std::move(worker.spec));
    return parsed;
}

}  // namespace talos::config
