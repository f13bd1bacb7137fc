#include "config/sections/fatal_exits.hpp"

#include "core/signal_name.hpp"
#include <algorithm>

namespace talos::config {
namespace {

constexpr double highest_code = 255;
constexpr std::string_view expectation = "an exit code from 0 to 255 or the name of a signal like \"SIGSEGV\"";

/// False when it is there already.
template <class Value>
bool insert(std::vector<Value>& ascending, Value value) {
    const auto place = std::lower_bound(ascending.begin(), ascending.end(), value);
    if (place != ascending.end() && *place == value) return false;
    ascending.insert(place, value);
    return true;
}

std::optional<std::uint8_t> code_of(const Node& node) {
    const auto number = as_number(node);
    if (!number || !(*number >= 0) || *number > highest_code) return std::nullopt;
    const auto code = static_cast<std::uint8_t>(*number);
    return static_cast<double>(code) == *number ? std::optional(code) : std::nullopt;
}

/// A number in quotes could be meant as either.
std::optional<int> signal_of(const Node& node) {
    const auto* name = std::get_if<std::string>(&node.value);
    if (name == nullptr || name->empty() || (name->front() >= '0' && name->front() <= '9')) return std::nullopt;
    return signal_number(*name);
}

void read_one(Reader& reader, const Node& node, FatalExits& exits) {
    bool fresh = true;
    if (const auto code = code_of(node)) fresh = insert(exits.codes, *code);
    else if (const auto signal = signal_of(node)) fresh = insert(exits.signals, *signal);
    else return reader.findings().expected(node, expectation);
    if (!fresh) reader.findings().warn(node.offset, "has no effect: it is in the list already");
}

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    const auto* elements = reading.reader.array(node, "an array of exit codes and signals like [78, \"SIGSEGV\"]");
    if (elements == nullptr) return;
    FatalExits exits;
    for (const auto& element : *elements) read_one(reading.reader, element, exits);
    worker.fatal_exits = {};
    if (exits != FatalExits{}) worker.fatal_exits.make() = std::move(exits);
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    const auto* exits = worker.fatal_exits.get();
    if (exits == nullptr) return;
    std::string list;
    for (const auto code : exits->codes) list.append(list.empty() ? "" : ", ").append(std::to_string(code));
    for (const int signal : exits->signals) list.append(list.empty() ? "" : ", ").append(text(signal_name(signal)));
    showing.writer.put(key, "[" + list + "]");
}

bool same(const WorkerSpec& a, const WorkerSpec& b) { return a.fatal_exits == b.fatal_exits; }

void take(WorkerSpec& worker, const WorkerSpec& wanted) { worker.fatal_exits = wanted.fatal_exits; }

}   // namespace

constinit const Special<WorkerSpec> fatal_exits_key{.read = read, .show = show, .same = same, .take = take};

}   // namespace talos::config
