#include "config/sections/stop_keys.hpp"

namespace talos::config {
namespace {

constexpr Key<StopStep> step_table[]{
    key<&StopStep::signal>("signal", codec::Signal{}),
    key<&StopStep::wait>("wait", codec::Duration{}),
};

void read_steps(const Reading& reading, const Node& node, StopSteps& steps) {
    const auto* elements = reading.reader.array(node, "an array of steps like {\"signal\": \"SIGTERM\", \"wait\": \"30s\"}");
    if (elements == nullptr) return;
    steps.clear();
    for (const auto& element : *elements) {
        StopStep step;
        read_section(reading, element, step_keys(), step);
        steps.push_back(step);
    }
}

void show_steps(const Showing& showing, std::string_view key, const StopSteps& steps) {
    showing.writer.open(key, '[');
    for (const auto& step : steps) show_line(showing, no_key, step_keys(), step);
    showing.writer.close(']');
}

constexpr Special<StopSteps> steps_key{.read = read_steps, .show = show_steps};

constexpr Key<StopSteps> table[]{
    special_key("steps", steps_key),
};

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    constexpr std::string_view like = "like {\"steps\": [{\"signal\": \"SIGINT\", \"wait\": \"10s\"}]}";
    if (!std::holds_alternative<Node::Object>(node.value)) return reading.reader.findings().expected(node, "an object", like);
    const auto of_a_step = [&](const Member& member, std::string advice) {
        return has_key(step_keys(), member.key) ? "it belongs to a step, " + std::string(like) : std::move(advice);
    };
    read_section(reading, node, of_a_step, Part{stop_keys(), worker.stop});
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    show_object(showing, key, stop_keys(), worker.stop);
}

bool same(const WorkerSpec& a, const WorkerSpec& b) { return a.stop == b.stop; }

void take(WorkerSpec& worker, const WorkerSpec& wanted) { worker.stop = wanted.stop; }

}   // namespace

Keys<StopSteps> stop_keys() { return table; }

Keys<StopStep> step_keys() { return step_table; }

constinit const Special<WorkerSpec> stop_key{.read = read, .show = show, .same = same, .take = take};

}   // namespace talos::config
