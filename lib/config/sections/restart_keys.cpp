#include "config/sections/restart_keys.hpp"

namespace talos::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view policy_words[]{"always", "on-failure", "never"};
constexpr codec::Enumeration<RestartSpec::Policy> policies{policy_words};

constexpr Key<RestartSpec> table[]{
    key<&RestartSpec::policy>("policy", policies),
    key<&RestartSpec::delay>("delay", codec::Duration{}),
    key<&RestartSpec::max_delay>("maxDelay", codec::Duration{}),
    key<&RestartSpec::factor>("factor", codec::Number{.least = 1}),
    key<&RestartSpec::jitter>("jitter", codec::Number{.least = 0, .most = 1}),
    key<&RestartSpec::reset_after>("resetAfter", codec::Duration{}),
    key<&RestartSpec::limit>("limit", codec::Whole{}),
    key<&RestartSpec::window>("window", codec::Duration{.least = 1ms}),
};

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    if (!std::holds_alternative<Node::Object>(node.value))
        return read_word(reading.reader, node, policies, worker.restart.policy, "an object");
    read_section(reading, node, restart_keys(), worker.restart);
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    show_object(showing, key, restart_keys(), worker.restart);
}

void compare(const WorkerSpec& a, const WorkerSpec& b, const Changes& changes) {
    compare_section(restart_keys(), a.restart, b.restart, Changes{changes.keys, changes.prefix + "restart."});
}

void take(WorkerSpec& worker, const WorkerSpec& wanted) { take_live_keys(restart_keys(), worker.restart, wanted.restart); }

}   // namespace

Keys<RestartSpec> restart_keys() { return table; }

constinit const Special<WorkerSpec> restart_key{.read = read, .show = show, .compare = compare, .take = take};

}   // namespace talos::config
