#include "config/model/instances.hpp"

#include "config/document/quotes.hpp"
#include "core/endpoint.hpp"
#include "core/pattern.hpp"

#include <charconv>

namespace talos::config {
namespace {

constexpr std::string_view placeholder = "{index}";

/// The next one that is to be filled in; npos when there is none.
std::size_t find_placeholder(std::string_view text, std::size_t from) {
    auto at = text.find(placeholder, from);
    while (at != std::string_view::npos && at > 0 && text[at - 1] == '$') at = text.find(placeholder, at + 1);
    return at;
}

void fill(std::string& text, std::uint32_t index) { text = with_index(text, index); }

template <class Value>
std::optional<std::string> complaint_of(const std::string& target, const Result<Value>& read) {
    if (read) return std::nullopt;
    return in_quotes(target) + " is not " + read.error().message();
}

/// What is wrong with the target of that instance.
std::optional<std::string> target_complaint(const ProbeSpec& probe, std::uint32_t index) {
    const auto target = with_index(probe.target, index);
    switch (probe.kind) {
    case ProbeSpec::Kind::tcp: return complaint_of(target, parse_endpoint(target));
    case ProbeSpec::Kind::http: return complaint_of(target, parse_http_url(target));
    case ProbeSpec::Kind::exec: return std::nullopt;
    }
    __builtin_unreachable();
}

std::optional<std::string> ready_complaint(const ReadySpec& ready, std::uint32_t index) {
    switch (ready.kind) {
    case ReadySpec::Kind::probe: return target_complaint(ready.probe, index);
    case ReadySpec::Kind::log:
        if (const auto pattern = Pattern::make(with_index(ready.pattern, index)); !pattern) return pattern.error().message();
        return std::nullopt;
    case ReadySpec::Kind::notify:
    case ReadySpec::Kind::fd: return std::nullopt;
    }
    __builtin_unreachable();
}

void fill(ProbeSpec& probe, std::uint32_t index) {
    fill(probe.target, index);
    for (auto& [name, value] : probe.headers) fill(value, index);
    for (auto& word : probe.command) fill(word, index);
}

}   // namespace

std::string with_index(std::string_view text, std::uint32_t index) {
    std::string filled;
    std::size_t done = 0;
    for (auto at = find_placeholder(text, 0); at != std::string_view::npos; at = find_placeholder(text, done)) {
        filled.append(text, done, at - done).append(std::to_string(index));
        done = at + placeholder.size();
    }
    return filled.append(text, done);
}

bool names_index(std::string_view text) { return find_placeholder(text, 0) != std::string_view::npos; }

std::string instance_name(std::string_view group, std::uint32_t index) {
    return std::string(group).append("-").append(std::to_string(index));
}

std::string pattern_name(std::string_view group) { return std::string(group).append("-").append(placeholder); }

std::string_view group_in(std::string_view name) {
    const auto dash = name.rfind('-');
    if (dash == std::string_view::npos) return {};
    const auto digits = name.substr(dash + 1);
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool canonical = error == std::errc{} && end == digits.data() + digits.size() && !digits.starts_with('0');
    return canonical && index <= most_instances ? name.substr(0, dash) : std::string_view{};
}

WorkerSpec instance_of(const WorkerSpec& pattern, std::uint32_t index) {
    WorkerSpec worker = pattern;
    worker.name = instance_name(pattern.name, index);
    worker.instance.make() = {pattern.name, index};
    for (auto& word : worker.command) fill(word, index);
    fill(worker.cwd, index);
    for (auto& [name, value] : worker.env) fill(value, index);
    for (auto& log : worker.log) fill(log.file, index);
    if (worker.ready.get() != nullptr) {
        auto& ready = worker.ready.make();
        fill(ready.pattern, index);
        fill(ready.probe, index);
    }
    if (worker.health.get() != nullptr) fill(worker.health.make().probe, index);
    if (worker.hooks.get() != nullptr)
        for (auto& hook : worker.hooks.make().programs)
            if (hook)
                for (auto& word : hook->command) fill(word, index);
    if (worker.directories.get() != nullptr)
        for (auto& kind : worker.directories.make().by_kind)
            for (auto& directory : kind) fill(directory.name, index);
    if (worker.reload.get() != nullptr)
        for (auto& word : worker.reload.make().program.command) fill(word, index);
    return worker;
}

std::vector<std::uint32_t> sample_indices(std::uint32_t count) {
    if (count <= 1) return {1};
    return {1, count};
}

std::optional<std::string> instances_complaint(const WorkerSpec& pattern, std::uint32_t count) {
    const auto* ready = pattern.ready.get();
    const auto* health = pattern.health.get();
    if (count == 0) return std::nullopt;
    for (const auto index : sample_indices(count)) {
        const auto wrong = [&](std::string_view key, const std::string& complaint) {
            return "what \"" + std::string(key) + "\" of " + instance_name(pattern.name, index) + " names is wrong: " + complaint;
        };
        if (const auto complaint = ready != nullptr ? ready_complaint(*ready, index) : std::nullopt)
            return wrong("ready", *complaint);
        if (const auto complaint = health != nullptr ? target_complaint(health->probe, index) : std::nullopt)
            return wrong("health", *complaint);
    }
    return std::nullopt;
}

}   // namespace talos::config
