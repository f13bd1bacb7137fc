#include "config/sections/log_reader.hpp"

#include "config/document/quotes.hpp"
#include "config/model/instances.hpp"
#include <algorithm>
#include <filesystem>

namespace talos::config {
namespace {

using namespace std::chrono_literals;
using Target = LogSpec::Target;

constexpr std::uint32_t most_kept = 1000;   // each rotation renames them all
constexpr std::uint64_t least_size = 1024;
constexpr std::uint64_t longest_line = 1u << 20;   // so much of each unfinished line is held in memory

/// The file as the model has it: empty when it is the default one, so that a config that spells it out is the same config.
std::string read_log_file(Reader& reader, const Node& node, const ReadWorker& worker) {
    const auto* file = reader.file_path(node);
    if (file == nullptr) return {};
    // also for one instance: there may be more of them at any time
    if (worker.instances && !names_index(*file))
        reader.findings().expected(node, "a file of each instance's own, with \"{index}\" in it");
    return std::filesystem::path(*file).lexically_normal() == "logs/" + name_in_texts(worker) + ".log" ? std::string() : *file;
}

void read_rotate_every(Reader& reader, const Node& node, LogSpec& log) {
    const auto* word = std::get_if<std::string>(&node.value);
    log.daily = word != nullptr && *word == "daily";
    log.rotate_every = Millis{0};
    if (log.daily || (word != nullptr && *word == "never")) return;
    if (word == nullptr || word->empty() || word->front() < '0' || word->front() > '9') {
        return reader.findings().expected(node, "\"daily\", \"never\" or a duration like \"6h\"");
    }
    reader.duration(node, log.rotate_every, 1ms);
}

void read_inherit(Reader& reader, const Node& node, LogSpec& log) {
    using Inherit = LogSpec::Inherit;
    log.target = Target::inherit;
    reader.fields(node,
                  {
                      {"inherit",
                       [&](const Node& n) {
                           reader.choice<Inherit>(n, log.inherit, {{"prefixed", Inherit::prefixed}, {"bare", Inherit::bare}});
                       }},
                  });
}

void read_file(Reader& reader, const Node& node, const ReadWorker& worker, LogSpec& log, std::size_t& offset) {
    using Format = LogSpec::Format;
    using OnFull = LogSpec::OnFull;
    using Compress = LogSpec::Compress;
    std::uint64_t max_line = log.max_line;
    reader.fields(
        node, {
                  {"file",
                   [&](const Node& n) {
                       log.file = read_log_file(reader, n, worker);
                       offset = n.offset;
                   }},
                  {"format",
                   [&](const Node& n) {
                       reader.choice<Format>(n, log.format, {{"cri", Format::cri}, {"raw", Format::raw}, {"json", Format::json}});
                   }},
                  {"rotateSize", [&](const Node& n) { reader.size(n, log.rotate_size, least_size); }},
                  {"rotateEvery", [&](const Node& n) { read_rotate_every(reader, n, log); }},
                  {"keep", [&](const Node& n) { reader.integer(n, log.keep, most_kept); }},
                  {"compress",
                   [&](const Node& n) {
                       reader.choice<Compress>(n, log.compress, {{"none", Compress::none}, {"zstd", Compress::zstd}});
                   }},
                  {"maxLine", [&](const Node& n) { reader.size(n, max_line, least_size, longest_line); }},
                  {"onFull",
                   [&](const Node& n) {
                       reader.choice<OnFull>(n, log.on_full, {{"drop", OnFull::drop}, {"block", OnFull::block}});
                   }},
              });
    log.max_line = static_cast<std::uint32_t>(max_line);
}

void read_destination(Reader& reader, const Node& node, ReadWorker& worker) {
    const auto* members = std::get_if<Node::Object>(&node.value);
    auto& log = worker.spec.log.emplace_back();
    auto& offset = worker.log_offsets.emplace_back(node.offset);
    if (members != nullptr && find_member(*members, "inherit") != nullptr) read_inherit(reader, node, log);
    else read_file(reader, node, worker, log, offset);
}

void read_destinations(Reader& reader, const Node& node, const Node::Array& elements, ReadWorker& worker) {
    if (elements.empty())
        reader.findings().add(node.offset,
                              "expected at least one destination, found an empty array; to keep nothing, write \"none\"");
    bool inherits = false;
    for (const auto& element : elements) {
        read_destination(reader, element, worker);
        if (worker.spec.log.back().target != Target::inherit) continue;
        if (inherits) reader.findings().add(element.offset, "the output of talosd is already among the destinations");
        inherits = true;
    }
}

}   // namespace

void read_log(Reader& reader, const Node& node, ReadWorker& worker) {
    std::vector<LogSpec>().swap(worker.spec.log);   // thousands of workers without a log are not to keep room for one
    worker.log_offsets.clear();
    if (const auto* elements = std::get_if<Node::Array>(&node.value)) return read_destinations(reader, node, *elements, worker);
    if (std::holds_alternative<Node::Object>(node.value)) return read_destination(reader, node, worker);
    if (const auto* path = std::get_if<std::string>(&node.value); path != nullptr && path->find('/') != std::string::npos)
        return reader.findings().expected(node, "\"none\", \"inherit\", an object or an array",
                                          "write {\"file\": " + in_quotes(*path) + "}");
    enum class Word : std::uint8_t { none, inherit } word = Word::none;
    reader.choice<Word>(node, word, {{"none", Word::none}, {"inherit", Word::inherit}}, "an object or an array");
    if (word == Word::none) return;
    worker.spec.log.emplace_back().target = Target::inherit;
    worker.log_offsets.push_back(node.offset);
}

}   // namespace talos::config
