#include "config/sections/log_keys.hpp"

#include "config/document/quotes.hpp"
#include "config/model/instances.hpp"
#include "config/sections/worker_reader.hpp"
#include <algorithm>
#include <filesystem>

namespace talos::config {
namespace {

using namespace std::chrono_literals;
using Target = LogSpec::Target;

constexpr std::string_view format_words[]{"cri", "raw", "json"};
constexpr codec::Enumeration<LogSpec::Format> formats{format_words};
constexpr std::string_view compress_words[]{"none", "zstd"};
constexpr codec::Enumeration<LogSpec::Compress> compressions{compress_words};
constexpr std::string_view on_full_words[]{"drop", "block"};
constexpr codec::Enumeration<LogSpec::OnFull> full_actions{on_full_words};
constexpr std::string_view inherit_words[]{"prefixed", "bare"};
constexpr codec::Enumeration<LogSpec::Inherit> inherits{inherit_words};

constexpr std::uint32_t most_kept = 1000;   // each rotation renames them all
constexpr std::uint32_t least_size = 1024;
constexpr std::uint32_t longest_line = 1u << 20;   // so much of each unfinished line is held in memory

/// The model has an empty file for the default one, so that a config that spells it out is the same config.
void read_file(const Reading& reading, const Node& node, LogSpec& log) {
    auto& worker = *reading.worker;
    worker.log_offsets.back() = node.offset;
    const auto* file = reading.reader.file_path(node);
    if (file == nullptr) return;
    // also for one instance: there may be more of them at any time
    if (worker.instances && !names_index(*file))
        reading.reader.findings().expected(node, "a file of each instance's own, with \"{index}\" in it");
    log.file =
        std::filesystem::path(*file).lexically_normal() == "logs/" + name_in_texts(worker) + ".log" ? std::string() : *file;
}

void show_file(const Showing& showing, std::string_view key, const LogSpec& log) {
    showing.writer.put(key, text(log.file.empty() ? "logs/" + std::string(showing.worker) + ".log" : log.file));
}

bool same_file(const LogSpec& a, const LogSpec& b) { return a.file == b.file; }

constexpr codec::Duration period{.least = 1ms};

void read_rotate_every(const Reading& reading, const Node& node, LogSpec& log) {
    const auto* word = std::get_if<std::string>(&node.value);
    log.daily = word != nullptr && *word == "daily";
    log.rotate_every = Millis{0};
    if (log.daily || (word != nullptr && *word == "never")) return;
    if (word == nullptr || word->empty() || word->front() < '0' || word->front() > '9')
        return reading.reader.findings().expected(node, "\"daily\", \"never\" or a duration like \"6h\"");
    read_value(period, reading.reader, node, &log.rotate_every);
}

void show_rotate_every(const Showing& showing, std::string_view key, const LogSpec& log) {
    if (log.rotate_every.count() > 0) showing.writer.put(key, show_value(period, &log.rotate_every));
    else showing.writer.put(key, text(log.daily ? "daily" : "never"));
}

bool same_rotate_every(const LogSpec& a, const LogSpec& b) { return a.daily == b.daily && a.rotate_every == b.rotate_every; }

void take_rotate_every(LogSpec& log, const LogSpec& wanted) {
    log.daily = wanted.daily;
    log.rotate_every = wanted.rotate_every;
}

constexpr Special<LogSpec> file_key{.read = read_file, .show = show_file, .same = same_file};
constexpr Special<LogSpec> rotate_every_key{
    .read = read_rotate_every, .show = show_rotate_every, .same = same_rotate_every, .take = take_rotate_every};

constexpr Key<LogSpec> file_table[]{
    special_key("file", file_key, Effect::restart),
    key<&LogSpec::format>("format", formats, Effect::restart),
    key<&LogSpec::rotate_size>("rotateSize", codec::Size<std::uint64_t>{.least = least_size}),
    special_key("rotateEvery", rotate_every_key),
    key<&LogSpec::keep>("keep", codec::Whole{.most = most_kept}),
    key<&LogSpec::compress>("compress", compressions),
    key<&LogSpec::max_line>("maxLine", codec::Size<std::uint32_t>{.least = least_size, .most = longest_line}, Effect::restart),
    key<&LogSpec::on_full>("onFull", full_actions),
};

constexpr Key<LogSpec> inherit_table[]{
    key<&LogSpec::inherit>("inherit", inherits, Effect::restart),
};

Keys<LogSpec> keys_of(const LogSpec& log) { return log.target == Target::file ? log_keys() : inherit_keys(); }

void read_destination(const Reading& reading, const Node& node, WorkerSpec& worker) {
    const auto* members = std::get_if<Node::Object>(&node.value);
    auto& log = worker.log.emplace_back();
    reading.worker->log_offsets.push_back(node.offset);
    if (members != nullptr && find_member(*members, "inherit") != nullptr) log.target = Target::inherit;
    read_section(reading, node, keys_of(log), log);
}

void read_destinations(const Reading& reading, const Node& node, const Node::Array& elements, WorkerSpec& worker) {
    auto& findings = reading.reader.findings();
    if (elements.empty())
        findings.add(node.offset, "expected at least one destination, found an empty array; to keep nothing, write \"none\"");
    bool inherits_one = false;
    for (const auto& element : elements) {
        read_destination(reading, element, worker);
        if (worker.log.back().target != Target::inherit) continue;
        if (inherits_one) findings.add(element.offset, "the output of talosd is already among the destinations");
        inherits_one = true;
    }
}

void read(const Reading& reading, const Node& node, WorkerSpec& worker) {
    std::vector<LogSpec>().swap(worker.log);   // thousands of workers without a log are not to keep room for one
    reading.worker->log_offsets.clear();
    if (const auto* elements = std::get_if<Node::Array>(&node.value)) return read_destinations(reading, node, *elements, worker);
    if (std::holds_alternative<Node::Object>(node.value)) return read_destination(reading, node, worker);
    if (const auto* path = std::get_if<std::string>(&node.value); path != nullptr && path->find('/') != std::string::npos)
        return reading.reader.findings().expected(node, "\"none\", \"inherit\", an object or an array",
                                                  "write {\"file\": " + in_quotes(*path) + "}");
    constexpr std::string_view words[]{"none", "inherit"};
    if (reading.reader.word(node, words, "an object or an array") != 1u) return;
    worker.log.emplace_back().target = Target::inherit;
    reading.worker->log_offsets.push_back(node.offset);
}

void show_destination(const Showing& showing, std::string_view key, const LogSpec& log) {
    show_object(showing, key, keys_of(log), log);
}

void show(const Showing& showing, std::string_view key, const WorkerSpec& worker) {
    if (worker.log.empty()) return showing.writer.put(key, text("none"));
    if (worker.log.size() == 1) {
        const auto& only = worker.log.front();
        const bool plain = only.target == Target::inherit && only.inherit == LogSpec::Inherit::prefixed;
        return plain ? showing.writer.put(key, text("inherit")) : show_destination(showing, key, only);
    }
    showing.writer.open(key, '[');
    for (const auto& log : worker.log) show_destination(showing, no_key, log);
    showing.writer.close(']');
}

/// Destinations are compared one by one when there are as many of the same kinds; else the keys in them mean nothing that could be.
bool same_kinds(const WorkerSpec& a, const WorkerSpec& b) {
    return std::equal(a.log.begin(), a.log.end(), b.log.begin(), b.log.end(),
                      [](const LogSpec& one, const LogSpec& other) { return one.target == other.target; });
}

void compare(const WorkerSpec& a, const WorkerSpec& b, const Changes& changes) {
    if (!same_kinds(a, b)) return changes.note("log", false, Effect::restart);
    for (std::size_t i = 0; i < a.log.size(); ++i) {
        const auto name = a.log.size() == 1 ? std::string("log.") : "log[" + std::to_string(i) + "].";
        compare_section(keys_of(a.log[i]), a.log[i], b.log[i], Changes{changes.keys, changes.prefix + name});
    }
}

void take(WorkerSpec& worker, const WorkerSpec& wanted) {
    if (!same_kinds(worker, wanted)) return;   // what is wanted of other destinations says nothing about these
    for (std::size_t i = 0; i < worker.log.size(); ++i) take_live_keys(keys_of(worker.log[i]), worker.log[i], wanted.log[i]);
}

}   // namespace

Keys<LogSpec> log_keys() { return file_table; }

Keys<LogSpec> inherit_keys() { return inherit_table; }

constinit const Special<WorkerSpec> log_key{.read = read, .show = show, .compare = compare, .take = take};

}   // namespace talos::config
