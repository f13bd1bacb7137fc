#include "config/load/parse.hpp"

#include "config/document/locate.hpp"
#include "config/document/quotes.hpp"
#include "config/load/checks.hpp"
#include "config/load/include.hpp"
#include "config/load/top_keys.hpp"
#include "config/model/instances.hpp"
#include "config/model/worker_name.hpp"
#include "config/reader/effects.hpp"
#include "config/reader/merge.hpp"
#include "config/reader/templates.hpp"
#include "config/sections/env_reader.hpp"
#include "config/sections/worker_keys.hpp"
#include "config/sections/worker_reader.hpp"

#include <unordered_map>

namespace talos::config {
namespace {

/// A worker, or a key of one, that stands at the top; else `meant`, what the key resembles.
std::string misplaced(const Member& member, std::string meant) {
    if (is_worker_key(member.key)) return "it is a key of a worker, which belongs under \"workers\"";
    if (!meant.empty()) return meant;
    const bool object = std::holds_alternative<Node::Object>(member.value.value);
    return object && valid_worker_name(member.key)
               ? "a worker belongs under \"workers\": {\"workers\": {\"" + member.key + "\": ...}}"
               : std::string();
}

void read_file(Reader& reader, const Node& root, Config& config, Parts& parts) {
    read_section(Reading{.reader = reader, .parts = &parts}, root, misplaced, Part{top_keys(), config});
}

/// The keys that all workers inherit.
Node::Object read_defaults(Reader& reader, const Node* node) {
    Node::Object defaults;
    const auto* members = node != nullptr ? reader.object(*node) : nullptr;
    if (members == nullptr) return defaults;
    for (const auto& member : *members) {
        const auto none = [&](const char* why) {
            reader.findings().add(member.offset, in_quotes(member.key) + " has no default: " + why);
        };
        if (member.key == "command") none("each worker has its own");
        else if (member.key == "instances") none("set it in each worker");
        else if (member.key == "extends")
            reader.findings().add(member.offset, "\"extends\" is allowed only in workers and templates");
        else defaults.push_back(member);
    }
    check_keys(reader, Node{defaults, node->offset});
    return defaults;
}

void read_templates(Reader& reader, const std::vector<const Node*>& nodes, Templates& templates) {
    for (const auto* node : nodes) {
        const auto* members = reader.object(*node);
        if (members == nullptr) continue;
        for (const auto& member : *members) {
            templates.add(member);
            check_keys(reader, member.value);
        }
    }
    templates.check();
}

bool is_oneshot(std::initializer_list<const Node::Object*> by_precedence) {
    for (const auto* object : by_precedence) {
        if (const auto* kind = find_member(*object, "kind")) {
            const auto* word = std::get_if<std::string>(&kind->value.value);
            return word != nullptr && *word == "oneshot";
        }
    }
    return false;
}

/// Removes keys that apply only to the other kind of worker.
Node::Object fitting(const Node::Object& defaults, bool oneshot) {
    Node::Object fit;
    for (const auto& member : defaults) {
        const bool of_services = member.key == "startTime" || member.key == "ready" || member.key == "health";
        const bool of_oneshots = member.key == "remainUp";
        if (!(oneshot ? of_services : of_oneshots)) fit.push_back(member);
    }
    return fit;
}

/// The worker with all inherited keys; nullopt if it inherits none.
std::optional<Member> completed(const Member& worker, const Node::Object& defaults, Templates& templates) {
    const auto* own = std::get_if<Node::Object>(&worker.value.value);
    const auto* extends = own != nullptr ? find_member(*own, "extends") : nullptr;
    if (own == nullptr || (defaults.empty() && extends == nullptr)) return std::nullopt;
    const auto taken = extends != nullptr ? templates.said_by(extends->value) : Node::Object{};
    const auto below = merge(fitting(defaults, is_oneshot({own, &taken, &defaults})), taken);
    return Member{worker.key, worker.offset, Node{merge(below, *own), worker.value.offset}};
}

/// Checks the limit on workers before adding this member; each instance counts. Reports an error once.
bool has_room(Reader& reader, const Member& member, const ReadWorker& read, const std::vector<ReadWorker>& workers) {
    if (workers.size() + read.instances.value_or(1) <= most_workers) return true;
    reader.findings().add(member.offset, "exceeds the limit of " + std::to_string(most_workers) +
                                             " workers, including instances; start another talosd for the others");
    return false;
}

struct ReadWorkers {
    std::vector<ReadWorker> workers;
    std::vector<ReadWorker> unused_patterns;   ///< patterns of groups without instances
};

/// Adds the worker or the instances of one member of `workers`.
void add_worker(ReadWorker read, ReadWorkers& all, std::vector<Group>& groups) {
    auto& workers = all.workers;
    if (!read.instances) {
        workers.push_back(std::move(read));
        return;
    }
    const auto place = workers.size();
    for (std::uint32_t index = 1; index <= *read.instances; ++index)
        workers.push_back({instance_of(read.spec, index), std::nullopt, read.log_offsets, read.dependency_offsets});
    if (*read.instances == 0) all.unused_patterns.push_back(read);
    groups.push_back({std::move(read.spec), *read.instances, *read.instances, place});
}

/// Adds the findings of the host system at the keys that they refer to.
void inspect(Findings& findings, const ReadWorker& read, const Node& node, const Around& host) {
    if (read.spec.command.empty() || read.instances == 0u) return;
    const auto remarks = host.inspect(read.instances ? instance_of(read.spec, 1) : read.spec);
    for (const auto& remark : remarks) {
        const auto offset = offset_at(node, remark.pointer);
        if (remark.weight == Remark::Weight::error) findings.add(offset, remark.message);
        else findings.warn(offset, remark.message);
    }
}

ReadWorkers read_workers(Reader& reader, const Parts& parts, const Around& host, std::vector<Group>& groups) {
    const auto defaults = read_defaults(reader, parts.defaults);
    Templates templates(reader);
    read_templates(reader, parts.templates, templates);
    ReadWorkers all;
    std::unordered_map<std::string_view, const Member*> known;
    for (const auto* node : parts.workers) {
        const auto* members = reader.object(*node);
        if (members == nullptr) continue;
        for (const auto& member : *members) {
            if (parts.workers.size() > 1) {   // within one file it would be a repeated key
                const auto other = known.try_emplace(member.key, &member);
                if (!other.second) reader.findings().also_in(member, *other.first->second, "worker");
            }
            const auto whole = completed(member, defaults, templates);
            const auto& effective = whole ? *whole : member;
            auto read = read_worker(reader, effective, host);
            if (!has_room(reader, member, read, all.workers)) return all;
            inspect(reader.findings(), read, effective.value, host);
            warn_of_no_effect(reader.findings(), member.value, read.spec, Whole::worker);
            add_worker(std::move(read), all, groups);
        }
    }
    check_instance_names(parts.workers, groups, reader.findings());
    return all;
}

}   // namespace

Parsed parse(std::string_view text, const std::string& path, const HostSystem& host) {
    Parsed parsed;
    parsed.config.path = path;
    Sources sources;
    Findings findings(sources);
    Reader reader(findings, host.getenv("HOME").value_or(""));
    const auto trees = Includes(sources, reader, host).read(text, path);
    if (trees.empty()) {
        parsed.errors = findings.errors();
        return parsed;
    }
    Parts parts;
    for (const auto* tree : trees) {
        parts.included = tree != trees.front();
        read_file(reader, *tree, parsed.config, parts);
    }
    EnvFiles env_files(sources, findings, host);
    auto [workers, unused_patterns] =
        read_workers(reader, parts, Around{env_files, host.getenv, host.inspect}, parsed.config.groups);
    check_log_files(workers, parsed.config, host, findings);
    check_dependencies(workers, unused_patterns, parsed.config.groups, findings);
    check_control(parsed.config, parts.offsets, findings);
    parsed.errors = findings.errors();
    parsed.warnings = findings.warnings();
    for (auto& worker : workers) parsed.config.workers.push_back(std::move(worker.spec));
    return parsed;
}

}   // namespace talos::config
