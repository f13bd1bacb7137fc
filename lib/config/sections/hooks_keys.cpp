#include "config/sections/hooks_keys.hpp"

#include "config/reader/scope.hpp"
#include "config/sections/worker_reader.hpp"

namespace talos::config {
namespace {

using namespace std::chrono_literals;

constexpr codec::Duration timeout_codec{.least = 1ms};

void read_hook_command(const Reading& reading, const Node& node, HookSpec& hook) {
    hook.command = read_command(reading.reader, node, *reading.scope);
}

void show_hook_command(const Showing& showing, std::string_view key, const HookSpec& hook) {
    showing.writer.put(key, plain(hook.command));
}

constexpr Special<HookSpec> hook_command_key{.read = read_hook_command, .show = show_hook_command};

constexpr Key<HookSpec> hook_table[]{
    special_key("command", hook_command_key),
    key<&HookSpec::timeout>("timeout", timeout_codec),
};

/// A command, or an object with one.
HookSpec read_hook(const Reading& reading, const Node& node) {
    HookSpec hook;
    if (!std::holds_alternative<Node::Object>(node.value)) {
        read_hook_command(reading, node, hook);
        return hook;
    }
    const auto* members = read_section(reading, node, hook_keys(), hook);
    if (find_member(*members, "command") == nullptr)
        reading.reader.findings().add(node.offset, "the key \"command\" is missing: the program to run");
    return hook;
}

constexpr std::size_t index_of(Hook hook) { return static_cast<std::size_t>(hook) - 1; }

template <Hook hook>
constexpr Special<HooksSpec> one_hook{
    .read = [](const Reading& reading, const Node& node,
               HooksSpec& hooks) { hooks.programs[index_of(hook)] = read_hook(reading, node); },
    .show =
        [](const Showing& showing, std::string_view key, const HooksSpec& hooks) {
            if (const auto& program = hooks.programs[index_of(hook)]) show_line(showing, key, hook_keys(), *program);
        },
    .same = [](const HooksSpec& a, const HooksSpec& b) { return a.programs[index_of(hook)] == b.programs[index_of(hook)]; }};

template <Hook hook>
constexpr Key<HooksSpec> row = special_key(to_text(hook), one_hook<hook>);

constexpr Key<HooksSpec> hooks_table[]{row<Hook::pre_start>, row<Hook::post_start>,   row<Hook::pre_stop>,
                                       row<Hook::post_stop>, row<Hook::on_unhealthy>, row<Hook::on_fatal>};

void read_hooks(const Reading& reading, const Node& node, WorkerSpec& worker) {
    HooksSpec hooks;
    read_section(reading, node, hooks_keys(), hooks);
    if (hooks != HooksSpec{}) worker.hooks.make() = std::move(hooks);
}

void show_hooks(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    if (const auto* hooks = worker.hooks.get()) show_object(showing, key, hooks_keys(), *hooks);
}

void compare_hooks(const WorkerSpec& a, const WorkerSpec& b, const Changes& changes) {
    if (a.hooks == b.hooks) return;
    const HooksSpec none;
    const auto of = [&](const WorkerSpec& worker) -> const HooksSpec& {
        return worker.hooks.get() != nullptr ? *worker.hooks.get() : none;
    };
    compare_section(hooks_keys(), of(a), of(b), Changes{changes.keys, "hooks."});
}

void take_hooks(WorkerSpec& worker, const WorkerSpec& wanted) { worker.hooks = wanted.hooks; }

void read_reload_command(const Reading& reading, const Node& node, ReloadSpec& reload) {
    read_hook_command(reading, node, reload.program);
}

void show_reload_command(const Showing& showing, std::string_view key, const ReloadSpec& reload) {
    show_hook_command(showing, key, reload.program);
}

constexpr Only<ReloadSpec> by_signal{[](const ReloadSpec& reload) { return reload.signal != 0; }};
constexpr Only<ReloadSpec> by_command{[](const ReloadSpec& reload) { return reload.signal == 0; }};
constexpr Special<ReloadSpec> reload_command_key{.read = read_reload_command, .show = show_reload_command};

constexpr Key<ReloadSpec> reload_table[]{
    key<&ReloadSpec::signal>("signal", codec::Signal{}).where(by_signal),
    special_key("command", reload_command_key).where(by_command),
    key_in<&ReloadSpec::program, &HookSpec::timeout>("timeout", timeout_codec),
};

void read_reload(const Reading& reading, const Node& node, WorkerSpec& worker) {
    const auto* members = read_section(reading, node, reload_keys(), worker.reload.make());
    if (members == nullptr) return;
    auto& findings = reading.reader.findings();
    const bool signal = find_member(*members, "signal") != nullptr;
    const auto* command = find_member(*members, "command");
    if (signal && command != nullptr) findings.add(command->offset, "either a signal or a command, not both");
    if (!signal && command == nullptr) findings.expected(node, "{\"signal\": \"SIGHUP\"} or {\"command\": [...]}");
}

void show_reload(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    if (const auto* reload = worker.reload.get()) show_line(showing, key, reload_keys(), *reload);
}

bool same_reload(const WorkerSpec& a, const WorkerSpec& b) { return a.reload == b.reload; }

void take_reload(WorkerSpec& worker, const WorkerSpec& wanted) { worker.reload = wanted.reload; }

}   // namespace

Keys<HooksSpec> hooks_keys() { return hooks_table; }

Keys<HookSpec> hook_keys() { return hook_table; }

Keys<ReloadSpec> reload_keys() { return reload_table; }

constinit const Special<WorkerSpec> hooks_key{
    .read = read_hooks, .show = show_hooks, .compare = compare_hooks, .take = take_hooks};
constinit const Special<WorkerSpec> reload_key{
    .read = read_reload, .show = show_reload, .same = same_reload, .take = take_reload};

}   // namespace talos::config
