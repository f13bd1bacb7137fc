#include "config/worker_reader.hpp"

#include "config/locate.hpp"
#include "config/log_reader.hpp"
#include "config/process_reader.hpp"
#include "config/ready_reader.hpp"
#include "config/show.hpp"
#include "config/syntax.hpp"
#include "core/text.hpp"

#include <limits>

namespace talos::config {
namespace {

using namespace std::chrono_literals;

void check_name(Reader& reader, const Member& member) {
    if (valid_worker_name(member.key)) return;
    if (member.key == "all") return reader.findings().add(member.offset, "\"all\" cannot name a worker: to commands it means every one");
    reader.findings().add(member.offset, "expected a worker's name: 1 to 64 of A-Z a-z 0-9 _ . @ -, a letter or digit first; found " +
                                             in_quotes(member.key));
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

void read_env(Reader& reader, const Node& node, WorkerSpec& spec) {
    const auto* members = reader.object(node);
    if (members == nullptr) return;
    for (const auto& member : *members) {
        if (member.key.empty() || member.key.find('=') != std::string::npos) {
            reader.findings().add(member.offset, "expected the name of a variable: not empty, no \"=\"; found " + in_quotes(member.key));
        }
        if (const auto* value = reader.text(member.value)) spec.env.emplace_back(member.key, *value);
    }
}

void read_restart(Reader& reader, const Node& node, RestartSpec& restart) {
    using Policy = RestartSpec::Policy;
    const auto policy = [&](const Node& n, std::string_view or_else) {
        reader.choice<Policy>(n, restart.policy, {{"always", Policy::always}, {"on-failure", Policy::on_failure}, {"never", Policy::never}},
                              or_else);
    };
    if (!std::holds_alternative<Node::Object>(node.value)) return policy(node, "an object");
    reader.fields(node, {
        {"policy", [&](const Node& n) { policy(n, {}); }},
        {"delay", [&](const Node& n) { reader.duration(n, restart.delay); }},
        {"maxDelay", [&](const Node& n) { reader.duration(n, restart.max_delay); }},
        {"factor", [&](const Node& n) {
            reader.number(n, restart.factor, 1, std::numeric_limits<double>::max(), "a number that is at least 1");
        }},
        {"jitter", [&](const Node& n) { reader.number(n, restart.jitter, 0, 1, "a number from 0 to 1"); }},
        {"resetAfter", [&](const Node& n) { reader.duration(n, restart.reset_after); }},
        {"limit", [&](const Node& n) { reader.integer(n, restart.limit, std::numeric_limits<std::uint32_t>::max()); }},
        {"window", [&](const Node& n) { reader.duration(n, restart.window, 1ms); }},
    });
}

void read_stop(Reader& reader, const Node& node, std::vector<StopStep>& steps) {
    const auto read_step = [&](const Node& n) {
        StopStep step;
        reader.fields(n, {
            {"signal", [&](const Node& signal) { reader.signal(signal, step.signal); }},
            {"wait", [&](const Node& wait) { reader.duration(wait, step.wait); }},
        });
        steps.push_back(step);
    };
    reader.fields(node, {
        {"steps", [&](const Node& n) {
            const auto* elements = reader.array(n, "an array of steps like {\"signal\": \"SIGTERM\", \"wait\": \"30s\"}");
            if (elements == nullptr) return;
            steps.clear();
            for (const auto& element : *elements) read_step(element);
        }},
    });
}

}  // namespace

std::vector<std::string> read_command(Reader& reader, const Node& node) {
    if (const auto* line = std::get_if<std::string>(&node.value)) return split_command(reader, node, *line);
    std::vector<std::string> words;
    const auto* elements = reader.array(node, "an array of strings like [\"./server\", \"--port\", \"8080\"]");
    if (elements == nullptr) return words;
    if (elements->empty()) reader.findings().add(node.offset, "expected at least the program, found an empty array");
    for (const auto& element : *elements) {
        if (const auto* word = reader.text(element)) words.push_back(*word);
    }
    if (!elements->empty() && words.size() == elements->size() && words.front().empty()) {
        reader.findings().expected(elements->front(), "the program");
    }
    return words;
}

ReadWorker read_worker(Reader& reader, const Member& member, const std::string& folder) {
    ReadWorker worker;
    auto& spec = worker.spec;
    spec.name = member.key;
    spec.cwd = folder;
    worker.log_offsets = {member.offset};
    check_name(reader, member);
    const auto* members = reader.fields(member.value, {
        {"command", [&](const Node& n) { spec.command = read_command(reader, n); }},
        {"cwd", [&](const Node& n) {
            if (const auto* path = reader.path(n)) spec.cwd = absolute_path(*path, folder);
        }},
        {"env", [&](const Node& n) { read_env(reader, n, spec); }},
        {"autostart", [&](const Node& n) { reader.boolean(n, spec.autostart); }},
        {"startTime", [&](const Node& n) { reader.duration(n, spec.start_time); }},
        {"ready", [&](const Node& n) { read_ready(reader, n, spec.ready.make()); }},
        {"onSupervisorDeath", [&](const Node& n) {
            reader.choice<SupervisorDeath>(n, spec.on_supervisor_death, {{"keep", SupervisorDeath::keep}, {"kill", SupervisorDeath::kill}});
        }},
        {"user", [&](const Node& n) { read_account(reader, n, spec.process.make().user, "user"); }},
        {"group", [&](const Node& n) { read_account(reader, n, spec.process.make().group, "group"); }},
        {"groups", [&](const Node& n) { read_groups(reader, n, spec.process.make()); }},
        {"umask", [&](const Node& n) { read_umask(reader, n, spec.process.make()); }},
        {"nice", [&](const Node& n) { reader.integer(n, spec.process.make().nice, -20, 19); }},
        {"oomScoreAdj", [&](const Node& n) { reader.integer(n, spec.process.make().oom_score_adj, -1000, 1000); }},
        {"rlimits", [&](const Node& n) { read_rlimits(reader, n, spec.process.make()); }},
        {"cpuAffinity", [&](const Node& n) { read_cpus(reader, n, spec.process.make()); }},
        {"noNewPrivileges", [&](const Node& n) {
            bool wanted = false;
            reader.boolean(n, wanted);
            if (wanted) spec.process.make().no_new_privileges = true;
        }},
        {"restart", [&](const Node& n) { read_restart(reader, n, spec.restart); }},
        {"stop", [&](const Node& n) { read_stop(reader, n, spec.stop); }},
        {"streams", [&](const Node& n) {
            reader.choice<Streams>(n, spec.streams, {{"joined", Streams::joined}, {"separate", Streams::separate}});
        }},
        {"log", [&](const Node& n) { read_log(reader, n, worker); }},
    });
    if (members != nullptr && find_member(*members, "command") == nullptr) {
        reader.findings().add(member.value.offset, "the key \"command\" is missing: the program to run");
    }
    return worker;
}

}  // namespace talos::config
