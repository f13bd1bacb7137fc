#include "config/sections/env_reader.hpp"

#include "config/document/encoding.hpp"
#include "config/document/quotes.hpp"
#include "config/reader/dotenv.hpp"

#include <algorithm>

namespace talos::config {
namespace {

void read_path(const Reading& reading, const Node& node, EnvFileName& name) {
    name.offset = node.offset;
    if (const auto* path = reading.reader.file_path(node)) name.path = reading.scope->fill_path(node, *path);
}

constexpr Special<EnvFileName> path_key{.read = read_path};

constexpr Key<EnvFileName> table[]{
    special_key("path", path_key, Effect::restart),
    key<&EnvFileName::required>("required", codec::Bool{}),
};

EnvFileName read_name(const Reading& reading, const Node& node) {
    EnvFileName name;
    if (!std::holds_alternative<Node::Object>(node.value)) {
        read_path(reading, node, name);
        return name;
    }
    const auto* members = read_section(reading, node, env_file_keys(), name);
    if (members != nullptr && find_member(*members, "path") == nullptr)
        reading.reader.findings().add(node.offset, "the key \"path\" is missing: the file");
    return name;
}

bool is_missing(const Failure& failure) { return failure.errno_value() == ENOENT || failure.errno_value() == ENOTDIR; }

Variables read_env(Reader& reader, const Node& node, const Scope& scope) {
    Variables variables;
    const auto* members = reader.object(node);
    if (members == nullptr) return variables;
    for (const auto& member : *members) {
        if (member.key.empty() || member.key.find('=') != std::string::npos) {
            reader.findings().add(member.offset,
                                  "expected the name of a variable: not empty, no \"=\"; found " + in_quotes(member.key));
        }
        if (const auto* value = reader.text(member.value)) variables.emplace_back(member.key, scope.fill(member.value, *value));
    }
    return variables;
}

/// A path, `{"path": …, "required": false}`, or an array of both.
std::vector<EnvFileName> read_env_files(Reader& reader, const Node& node, const Scope& scope) {
    std::vector<EnvFileName> names;
    const auto add = [&](const Node& n) {
        auto name = read_name(Reading{.reader = reader, .scope = &scope}, n);
        if (!name.path.empty()) names.push_back(std::move(name));
    };
    if (const auto* elements = std::get_if<Node::Array>(&node.value)) {
        for (const auto& element : *elements) add(element);
    } else {
        add(node);
    }
    return names;
}

/// Adds those of `over`; a name that is there already gets its value.
void lay_over(Variables& variables, const Variables& over) {
    if (variables.empty()) {
        variables = over;
        return;
    }
    std::unordered_map<std::string_view, std::size_t> known;
    for (std::size_t i = 0; i < variables.size(); ++i) known.emplace(variables[i].first, i);
    Variables fresh;
    for (const auto& [name, value] : over) {
        const auto found = known.find(name);
        if (found == known.end()) fresh.emplace_back(name, value);
        else variables[found->second].second = value;
    }
    variables.insert(variables.end(), fresh.begin(), fresh.end());
}

}   // namespace

Keys<EnvFileName> env_file_keys() { return table; }

Variables EnvFiles::read(const std::vector<EnvFileName>& names) {
    Variables variables;
    for (const auto& name : names) {
        const auto& said = file(absolute_path(name.path, sources_.at(name.offset).folder));
        if (!said.failure) lay_over(variables, said.variables);
        else if (name.required || !is_missing(*said.failure)) findings_.add(name.offset, said.failure->message());
    }
    return variables;
}

const EnvFiles::File& EnvFiles::file(const std::string& path) {
    const auto [known, fresh] = files_.try_emplace(path);
    auto& file = known->second;
    if (!fresh) return file;
    const auto text = host_.read_env_file(path);
    if (!text) {
        file.failure = text.error();
        return file;
    }
    const auto& source = sources_.add(path, *text);
    if (auto complaint = encoding_complaint(source.text); !complaint.empty()) {
        findings_.add(source.base, std::move(complaint));
        return file;
    }
    auto read = parse_dotenv(source.text);
    for (auto& fault : read.faults) findings_.add(source.base + fault.offset, std::move(fault.message));
    file.variables = std::move(read.variables);
    return file;
}

void read_environment(Reader& reader, const Node::Object& keys, EnvFiles* files, Scope& scope, Variables& variables) {
    if (const auto* member = find_member(keys, "envFile")) {
        const auto names = read_env_files(reader, member->value, scope);
        if (files != nullptr) variables = files->read(names);
        scope.see(variables);
    }
    if (const auto* member = find_member(keys, "env")) lay_over(variables, read_env(reader, member->value, scope));
    scope.see(variables);
}

}   // namespace talos::config
