#include "config/sections/directories_reader.hpp"
#include "config/document/quotes.hpp"

#include "config/reader/scope.hpp"
#include <algorithm>

namespace talos::config {
namespace {

constexpr std::size_t longest_component = 255;   // NAME_MAX
constexpr std::size_t longest_name = 1024;

bool valid_component(std::string_view part) {
    return !part.empty() && part.size() <= longest_component && part != "." && part != "..";
}

/// A colon separates the paths in the worker's environment.
bool valid_name(std::string_view name) {
    if (name.size() > longest_name || name.find(':') != std::string_view::npos) return false;
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
        return false;
    for (;;) {
        const auto slash = name.find('/');
        if (!valid_component(name.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        name.remove_prefix(slash + 1);
    }
}

void read_name(const Reading& reading, const Node& node, DirectorySpec& directory) {
    constexpr std::string_view expectation =
        "the name of a directory like \"app\" or \"app/cache\", relative, without \"..\", \":\" and empty parts";
    auto& findings = reading.reader.findings();
    const auto* name = std::get_if<std::string>(&node.value);
    if (name == nullptr || name->empty()) return findings.expected(node, expectation);
    auto filled = reading.scope->fill(node, *name);
    if (!valid_name(filled)) return findings.expected(node, expectation);
    directory.name = std::move(filled);
}

void show_name(const Showing& showing, std::string_view key, const DirectorySpec& directory) {
    showing.writer.put(key, text(directory.name));
}

constexpr Special<DirectorySpec> name_key{.read = read_name, .show = show_name};
constexpr codec::Octal<std::uint32_t> mode{.expectation = "a mode of four octal digits like \"0750\""};

constexpr Key<DirectorySpec> directory_table[]{
    special_key("name", name_key, Effect::restart),
    key<&DirectorySpec::mode>("mode", mode, Effect::restart),
};

DirectorySpec read_directory(const Reading& reading, const Node& node) {
    DirectorySpec directory;
    if (!std::holds_alternative<Node::Object>(node.value)) {
        read_name(reading, node, directory);
        return directory;
    }
    const auto* members = read_section(reading, node, directory_keys(), directory);
    if (find_member(*members, "name") == nullptr)
        reading.reader.findings().add(node.offset, "the key \"name\" is missing: the directory's");
    return directory;
}

using Directories = std::vector<DirectorySpec>;

void read_list(const Reading& reading, const Node& node, Directories& list) {
    list.clear();
    const auto take = [&](const Node& n) {
        auto directory = read_directory(reading, n);
        if (directory.name.empty()) return;   // which has been said
        const bool again =
            std::any_of(list.begin(), list.end(), [&](const DirectorySpec& known) { return known.name == directory.name; });
        if (again)
            reading.reader.findings().add(n.offset, "the directory " + in_quotes(directory.name) + " is named here already");
        else list.push_back(std::move(directory));
    };
    const auto* elements = std::get_if<Node::Array>(&node.value);
    if (elements == nullptr) return take(node);
    for (const auto& element : *elements) take(element);
}

void show_list(const Showing& showing, std::string_view key, const Directories& list) {
    if (list.empty()) return;
    showing.writer.open(key, '[');
    for (const auto& directory : list) show_line(showing, no_key, directory_keys(), directory);
    showing.writer.close(']');
}

template <DirectoryKind kind>
constexpr Special<DirectoriesSpec> one_kind{
    .read = [](const Reading& reading, const Node& node,
               DirectoriesSpec& directories) { read_list(reading, node, directories.by_kind[static_cast<std::size_t>(kind)]); },
    .show = [](const Showing& showing, std::string_view key,
               const DirectoriesSpec& directories) { show_list(showing, key, directories.of(kind)); },
    .same = [](const DirectoriesSpec& a, const DirectoriesSpec& b) { return a.of(kind) == b.of(kind); }};

template <DirectoryKind kind>
constexpr Key<DirectoriesSpec> row = special_key(to_text(kind), one_kind<kind>, Effect::restart);

constexpr Key<DirectoriesSpec> directories_table[]{row<DirectoryKind::runtime>, row<DirectoryKind::state>,
                                                   row<DirectoryKind::logs>};

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    DirectoriesSpec directories;
    read_section(reading, node, directories_keys(), directories);
    worker.directories = {};
    if (directories != DirectoriesSpec{}) worker.directories.make() = std::move(directories);
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    if (const auto* directories = worker.directories.get()) show_object(showing, key, directories_keys(), *directories);
}

void compare(const WorkerSpec& a, const WorkerSpec& b, const Changes& changes) {
    if (a.directories == b.directories) return;
    const DirectoriesSpec none;
    const auto of = [&](const WorkerSpec& worker) -> const DirectoriesSpec& {
        return worker.directories.get() != nullptr ? *worker.directories.get() : none;
    };
    compare_section(directories_keys(), of(a), of(b), Changes{changes.keys, "directories."});
}

/// The XDG specification ignores a relative path.
std::string absolute_variable(const Getenv& getenv, const char* name) {
    const auto value = getenv(name);
    return value && value->starts_with('/') ? *value : std::string();
}

Result<std::string> state_home(const Getenv& getenv) {
    if (auto state = absolute_variable(getenv, "XDG_STATE_HOME"); !state.empty()) return state;
    const auto home = absolute_variable(getenv, "HOME");
    if (home.empty()) return refused("neither XDG_STATE_HOME nor HOME is set, which say where it lies");
    return home + "/.local/state";
}

}   // namespace

Keys<DirectoriesSpec> directories_keys() { return directories_table; }

Keys<DirectorySpec> directory_keys() { return directory_table; }

constinit const Special<WorkerSpec> directories_key{.read = read, .show = show, .compare = compare};

Result<std::string> directory_base(DirectoryKind kind, bool root, const Getenv& getenv) {
    switch (kind) {
    case DirectoryKind::runtime: {
        if (root) return std::string("/run");
        auto runtime = absolute_variable(getenv, "XDG_RUNTIME_DIR");
        if (runtime.empty()) return refused("XDG_RUNTIME_DIR is not set, which says where it lies");
        return runtime;
    }
    case DirectoryKind::state: return root ? Result<std::string>("/var/lib") : state_home(getenv);
    case DirectoryKind::logs: {
        if (root) return std::string("/var/log");
        auto state = state_home(getenv);
        if (state) *state += "/log";
        return state;
    }
    }
    __builtin_unreachable();
}

}   // namespace talos::config
