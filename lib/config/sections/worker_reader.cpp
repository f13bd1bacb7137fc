#include "config/sections/worker_reader.hpp"

#include "config/document/quotes.hpp"
#include "config/model/instances.hpp"
#include "config/model/worker_name.hpp"
#include "config/reader/effects.hpp"
#include "config/reader/shell_syntax.hpp"
#include "config/sections/worker_keys.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace talos::config {
namespace {

void check_name(Reader& reader, const Member& member) {
    if (valid_worker_name(member.key)) return;
    if (member.key == "all")
        return reader.findings().add(member.offset, "\"all\" cannot name a worker: to commands it means every one");
    reader.findings().add(member.offset,
                          "expected a worker's name: 1 to 64 of A-Z a-z 0-9 _ . @ -, a letter or digit first; found " +
                              in_quotes(member.key));
}

/// Each instance's name is a worker's name too.
void check_group_name(Reader& reader, const Member& member) {
    if (!valid_worker_name(member.key) || valid_worker_name(instance_name(member.key, most_instances))) return;
    reader.findings().add(member.offset, "with \"instances\" a name has at most " + std::to_string(longest_group_name) +
                                             " characters: to each instance's own a number is added; found " +
                                             in_quotes(member.key));
}

std::optional<std::uint32_t> read_instances(Reader& reader, const Node::Object& keys) {
    const auto* member = find_member(keys, "instances");
    if (member == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(reader.integer(member->value, 0, most_instances).value_or(1));
}

std::vector<std::string> split_command(Reader& reader, const Node& node, const std::string& line) {
    auto words = split_words(line);
    if (words.empty()) {
        const bool blank = line.find_first_not_of(" \t\n") == std::string::npos;
        if (blank) reader.findings().expected(node, "a command");
        else reader.findings().expected(node, "a command", "a quote in it is not finished");
    } else if (words.front().empty()) {
        reader.findings().expected(node, "a command", "its first word, the program, is empty");
    }
    return words;
}

std::vector<std::string> list_command(Reader& reader, const Node& node) {
    std::vector<std::string> words;
    const auto* elements = reader.array(node, "an array of strings like [\"./server\", \"--port\", \"8080\"]");
    if (elements == nullptr) return words;
    if (elements->empty()) reader.findings().add(node.offset, "expected at least the program, found an empty array");
    for (const auto& element : *elements) {
        if (const auto* word = reader.text(element)) words.push_back(*word);
    }
    if (words.size() != elements->size()) return {};
    if (!words.empty() && words.front().empty()) reader.findings().expected(elements->front(), "the program");
    return words;
}

void warn_of_shell(Reader& reader, const Node& node, const std::string& found) {
    reader.findings().warn(
        node.offset, found + " is passed to the program as it is: there is no shell; write [\"sh\", \"-c\", \"...\"] for one");
}

/// What a shell would act on stands outside of quotes in the line.
void warn_of_shell_syntax(Reader& reader, const Node& node, std::string_view line) {
    const auto found = shell_syntax(line);
    if (!found.empty()) warn_of_shell(reader, node, in_quotes(found));
}

/// In an array each word may be meant as it is; only what hardly any program takes is reported.
void warn_of_shell_words(Reader& reader, const Node::Array& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto* word = std::get_if<std::string>(&words[i].value);
        if (word != nullptr && (*word == "&&" || *word == "||" || *word == ">>" || *word == "2>&1" || *word == "2>"))
            return warn_of_shell(reader, words[i], in_quotes(*word));
    }
}

/// What only one of the kinds has.
void check_kind(Reader& reader, const Node::Object& keys, const WorkerSpec& spec) {
    const auto complain = [&](std::string_view key, std::string_view why) {
        if (const auto* member = find_member(keys, key)) reader.findings().add(member->offset, std::string(why));
    };
    if (spec.kind == WorkerKind::service) {
        if (spec.remain_up) complain("remainUp", "is only for workers with \"kind\": \"oneshot\"");
        return;
    }
    complain("startTime", "is only for services: a oneshot is up when it has ended with code 0");
    complain("ready", "is only for services: a oneshot is ready when it has ended with code 0");
    complain("health", "is only for services: a oneshot is not up while it runs");
    complain("reload", "is only for services: a oneshot is not up while it runs");
    complain("notify", "is only for services: a oneshot sends no notifications");
    if (spec.restart.policy == RestartSpec::Policy::always)
        complain("restart",
                 "a oneshot that has ended with code 0 is not restarted: \"on-failure\" or \"never\" is left of the policies");
}

void read_keys(Reader& reader, const Node& node, const Scope& scope, ReadWorker& worker) {
    worker.spec.cwd = reader.folder(node);
    read_worker_keys(Reading{.reader = reader, .scope = &scope, .worker = &worker}, node, worker.spec);
}

}   // namespace

// Variables are filled in last, so that a value with blanks stays one word.
std::vector<std::string> read_command(Reader& reader, const Node& node, const Scope& scope) {
    const auto* line = std::get_if<std::string>(&node.value);
    const auto* elements = std::get_if<Node::Array>(&node.value);
    auto words = line != nullptr ? split_command(reader, node, *line) : list_command(reader, node);
    if (words.empty() || words.front().empty()) return words;
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = scope.fill(elements != nullptr ? (*elements)[i] : node, words[i]);
    const auto& program = elements != nullptr ? elements->front() : node;
    if (words.front().empty()) reader.findings().add(node.offset, "the program is empty once its variables are filled in");
    reader.check_tilde(program, words.front());
    if (line != nullptr) warn_of_shell_syntax(reader, node, *line);
    else warn_of_shell_words(reader, *elements);
    return words;
}

std::string name_in_texts(const ReadWorker& worker) {
    return worker.instances ? pattern_name(worker.spec.name) : worker.spec.name;
}

ReadWorker read_worker(Reader& reader, const Member& member, const Around& host) {
    ReadWorker worker;
    worker.spec.name = member.key;
    worker.log_offsets = {member.offset};
    check_name(reader, member);
    const auto* keys = std::get_if<Node::Object>(&member.value.value);
    if (keys != nullptr) worker.instances = read_instances(reader, *keys);
    if (worker.instances) check_group_name(reader, member);
    const bool other_user = keys != nullptr && find_member(*keys, "user") != nullptr;
    Scope scope(reader, name_in_texts(worker), host.getenv, other_user ? Scope::User::another : Scope::User::talosd);
    if (worker.instances) scope.stand_for(*worker.instances);
    if (keys != nullptr) read_environment(reader, *keys, &host.env_files, scope, worker.spec.env);
    read_keys(reader, member.value, scope, worker);
    if (keys != nullptr) check_kind(reader, *keys, worker.spec);
    if (keys != nullptr && find_member(*keys, "command") == nullptr) {
        reader.findings().add(member.value.offset, "the key \"command\" is missing: the program to run");
    }
    return worker;
}

void check_keys(Reader& reader, const Node& node) {
    ReadWorker nobody;
    Scope scope(reader);
    if (const auto* keys = std::get_if<Node::Object>(&node.value)) {
        (void)read_instances(reader, *keys);
        scope.stand_for(1);
        read_environment(reader, *keys, nullptr, scope, nobody.spec.env);
    }
    read_keys(reader, node, scope, nobody);
    warn_of_no_effect(reader.findings(), node, nobody.spec, Whole::part);
}

}   // namespace talos::config
