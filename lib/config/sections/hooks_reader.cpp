#include "config/sections/hooks_reader.hpp"

#include "config/sections/worker_reader.hpp"

namespace talos::config {

namespace {

using namespace std::chrono_literals;

/// A command, or an object with one.
HookSpec read_hook(Reader& reader, const Node& node, const Scope& scope) {
    HookSpec hook;
    if (!std::holds_alternative<Node::Object>(node.value)) {
        hook.command = read_command(reader, node, scope);
        return hook;
    }
    const auto* members =
        reader.fields(node, {
                                {"command", [&](const Node& n) { hook.command = read_command(reader, n, scope); }},
                                {"timeout", [&](const Node& n) { reader.duration(n, hook.timeout, 1ms); }},
                            });
    if (find_member(*members, "command") == nullptr)
        reader.findings().add(node.offset, "the key \"command\" is missing: the program to run");
    return hook;
}

}   // namespace

void read_hooks(Reader& reader, const Node& node, const Scope& scope, WorkerSpec& worker) {
    std::vector<Field> known;
    for (const Hook hook : all_hooks) {
        known.push_back({to_text(hook), [&reader, &scope, &worker, hook](const Node& n) {
                             worker.hooks.make().programs[static_cast<std::size_t>(hook) - 1] = read_hook(reader, n, scope);
                         }});
    }
    (void)reader.fields(node, known);
}

void read_reload(Reader& reader, const Node& node, const Scope& scope, ReloadSpec& reload) {
    const auto* members =
        reader.fields(node, {
                                {"signal", [&](const Node& n) { reader.signal(n, reload.signal); }},
                                {"command", [&](const Node& n) { reload.program.command = read_command(reader, n, scope); }},
                                {"timeout", [&](const Node& n) { reader.duration(n, reload.program.timeout, 1ms); }},
                            });
    if (members == nullptr) return;
    const bool signal = find_member(*members, "signal") != nullptr;
    const bool command = find_member(*members, "command") != nullptr;
    if (signal && command)
        reader.findings().add(find_member(*members, "command")->offset, "either a signal or a command, not both");
    if (!signal && !command) reader.findings().expected(node, "{\"signal\": \"SIGHUP\"} or {\"command\": [...]}");
}

}   // namespace talos::config
