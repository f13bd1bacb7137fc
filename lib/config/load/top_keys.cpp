#include "config/load/top_keys.hpp"

#include "config/document/locate.hpp"
#include "config/load/access_keys.hpp"

namespace talos::config {
namespace {

/// Whether the key may stand in this file; else it is a finding.
bool is_in_config(const Reading& reading, const Node& node) {
    if (reading.parts->included)
        reading.reader.findings().add(node.offset, "is allowed only in the config itself, not in an included file");
    return !reading.parts->included;
}

void read_schema(const Reading& reading, const Node& node, Config&) { reading.reader.text(node); }

void read_data_dir(const Reading& reading, const Node& node, Config& config) {
    if (!is_in_config(reading, node)) return;
    if (const auto* path = reading.reader.path(node)) config.data_dir = absolute_path(*path, reading.reader.folder(node));
}
void show_data_dir(const Showing& showing, std::string_view key, const Config& config) {
    if (!config.data_dir.empty()) showing.writer.put(key, text(config.data_dir));
}
bool same_data_dir(const Config& a, const Config& b) { return a.data_dir == b.data_dir; }

void read_socket(const Reading& reading, const Node& node, Config& config) {
    if (!is_in_config(reading, node)) return;
    reading.parts->offsets.socket = node.offset;
    if (const auto* path = reading.reader.file_path(node))
        config.control_socket = absolute_path(*path, reading.reader.folder(node));
}
void show_socket(const Showing& showing, std::string_view key, const Config& config) {
    if (!config.control_socket.empty()) showing.writer.put(key, text(config.control_socket));
}
bool same_socket(const Config& a, const Config& b) { return a.control_socket == b.control_socket; }

void read_rules(const Reading& reading, const Node& node, Config& config) {
    if (!is_in_config(reading, node)) return;
    reading.parts->offsets.access = node.offset;
    config.access = read_access(reading, node);
}
void show_rules(const Showing& showing, std::string_view key, const Config& config) {
    if (!config.access.empty()) show_access(showing, key, config.access);
}
bool same_rules(const Config& a, const Config& b) { return a.access == b.access; }

constexpr std::string_view cgroup_words[]{"auto", "off"};

void read_cgroup(const Reading& reading, const Node& node, Config& config) {
    if (!is_in_config(reading, node)) return;
    if (const auto word = reading.reader.word(node, cgroup_words)) config.cgroup = *word == 0;
}
void show_cgroup(const Showing& showing, std::string_view key, const Config& config) {
    if (!config.cgroup) showing.writer.put(key, text(cgroup_words[1]));
}
bool same_cgroup(const Config& a, const Config& b) { return a.cgroup == b.cgroup; }

void read_defaults(const Reading& reading, const Node& node, Config&) {
    if (is_in_config(reading, node)) reading.parts->defaults = &node;
}

void read_templates(const Reading& reading, const Node& node, Config&) { reading.parts->templates.push_back(&node); }

void read_workers(const Reading& reading, const Node& node, Config&) { reading.parts->workers.push_back(&node); }

constexpr Special<Config> schema_key{.read = read_schema};
constexpr Special<Config> data_dir_key{.read = read_data_dir, .show = show_data_dir, .same = same_data_dir};
constexpr Special<Config> socket_key{.read = read_socket, .show = show_socket, .same = same_socket};
constexpr Special<Config> access_key{.read = read_rules, .show = show_rules, .same = same_rules};
constexpr Special<Config> cgroup_key{.read = read_cgroup, .show = show_cgroup, .same = same_cgroup};
constexpr Special<Config> include_key{};   // was followed before
constexpr Special<Config> defaults_key{.read = read_defaults};
constexpr Special<Config> templates_key{.read = read_templates};
constexpr Special<Config> workers_key{.read = read_workers};

constexpr Key<Config> table[]{
    special_key("$schema", schema_key),
    special_key("dataDir", data_dir_key, Effect::restart),
    special_key("controlSocket", socket_key, Effect::restart),
    special_key("access", access_key),
    special_key("cgroup", cgroup_key, Effect::restart),
    special_key("include", include_key),
    special_key("defaults", defaults_key),
    special_key("templates", templates_key),
    special_key("workers", workers_key),
};

}   // namespace

Keys<Config> top_keys() { return table; }

}   // namespace talos::config
