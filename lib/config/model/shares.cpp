#include "config/model/shares.hpp"
#include <algorithm>
#include <string_view>
#include <vector>

namespace talos::config {
namespace {

/// `host:port`; empty for a program.
std::string address_of(const ProbeSpec& probe) {
    switch (probe.kind) {
    case ProbeSpec::Kind::exec: return {};
    case ProbeSpec::Kind::tcp: return probe.target;
    case ProbeSpec::Kind::http: break;
    }
    std::string_view rest = probe.target;
    const auto begin = rest.find("//");
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin + 2);
    std::string address(rest.substr(0, rest.find_first_of("/?#")));
    const auto colon = address.rfind(':');
    const auto bracket = address.rfind(']');   // of an IPv6 address
    const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    return has_port ? address : address + ":80";
}

std::vector<std::string> addresses_of(const WorkerSpec& worker) {
    std::vector<std::string> all;
    if (const auto* ready = worker.ready.get(); ready != nullptr && ready->kind == ReadySpec::Kind::probe)
        all.push_back(address_of(ready->probe));
    if (const auto* health = worker.health.get(); health != nullptr && health->kind == HealthSpec::Kind::probe)
        all.push_back(address_of(health->probe));
    std::erase(all, std::string());
    return all;
}

}   // namespace

std::string shared_by(const WorkerSpec& one, const WorkerSpec& other) {
    if (one.command == other.command) return "the same command";
    for (const auto& log : one.log) {
        if (log.target != LogSpec::Target::file || log.file.empty()) continue;   // the default one has the worker's name
        const bool both = std::any_of(other.log.begin(), other.log.end(), [&](const LogSpec& its) {
            return its.target == LogSpec::Target::file && its.file == log.file;
        });
        if (both) return "the log file " + log.file;
    }
    const auto addresses = addresses_of(other);
    for (const auto& address : addresses_of(one))
        if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) return "the address " + address;
    return {};
}

}   // namespace talos::config
