#include "config/sections/directories_reader.hpp"
#include "config/document/quotes.hpp"

#include <algorithm>
#include <charconv>

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

void read_name(Reader& reader, const Node& node, const Scope& scope, std::string& target) {
    constexpr std::string_view expectation =
        "the name of a directory like \"app\" or \"app/cache\", relative, without \"..\", \":\" and empty parts";
    const auto* name = std::get_if<std::string>(&node.value);
    if (name == nullptr || name->empty()) return reader.findings().expected(node, expectation);
    auto filled = scope.fill(node, *name);
    if (!valid_name(filled)) return reader.findings().expected(node, expectation);
    target = std::move(filled);
}

void read_mode(Reader& reader, const Node& node, std::uint32_t& target) {
    const auto* word = std::get_if<std::string>(&node.value);
    const bool four = word != nullptr && word->size() == 4 &&
                      std::all_of(word->begin(), word->end(), [](char c) { return c >= '0' && c <= '7'; });
    if (!four) return reader.findings().expected(node, "a mode of four octal digits like \"0750\"");
    (void)std::from_chars(word->data(), word->data() + word->size(), target, 8);
}

DirectorySpec read_directory(Reader& reader, const Node& node, const Scope& scope) {
    DirectorySpec directory;
    if (!std::holds_alternative<Node::Object>(node.value)) {
        read_name(reader, node, scope, directory.name);
        return directory;
    }
    const auto* members = reader.fields(node, {
                                                  {"name", [&](const Node& n) { read_name(reader, n, scope, directory.name); }},
                                                  {"mode", [&](const Node& n) { read_mode(reader, n, directory.mode); }},
                                              });
    if (find_member(*members, "name") == nullptr)
        reader.findings().add(node.offset, "the key \"name\" is missing: the directory's");
    return directory;
}

void read_list(Reader& reader, const Node& node, const Scope& scope, std::vector<DirectorySpec>& list) {
    list.clear();
    const auto take = [&](const Node& n) {
        auto directory = read_directory(reader, n, scope);
        if (directory.name.empty()) return;   // which has been said
        const bool again =
            std::any_of(list.begin(), list.end(), [&](const DirectorySpec& known) { return known.name == directory.name; });
        if (again) reader.findings().add(n.offset, "the directory " + in_quotes(directory.name) + " is named here already");
        else list.push_back(std::move(directory));
    };
    const auto* elements = std::get_if<Node::Array>(&node.value);
    if (elements == nullptr) return take(node);
    for (const auto& element : *elements) take(element);
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

void read_directories(Reader& reader, const Node& node, const Scope& scope, WorkerSpec& worker) {
    DirectoriesSpec directories;
    std::vector<Field> known;
    for (const auto kind : all_directory_kinds)
        known.push_back({to_text(kind), [&reader, &scope, &directories, kind](const Node& n) {
                             read_list(reader, n, scope, directories.by_kind.at(static_cast<std::size_t>(kind)));
                         }});
    (void)reader.fields(node, known);
    worker.directories = {};
    if (directories != DirectoriesSpec{}) worker.directories.make() = std::move(directories);
}

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
