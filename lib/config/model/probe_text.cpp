#include "config/model/probe_text.hpp"

namespace talos::config {

std::string to_text(const ProbeSpec& probe) {
    switch (probe.kind) {
    case ProbeSpec::Kind::tcp: return "tcp " + probe.target;
    case ProbeSpec::Kind::http: return "http " + probe.target;
    case ProbeSpec::Kind::exec: return "exec " + probe.command.front();
    }
    __builtin_unreachable();
}

std::string to_text(const StatusRange& range) {
    return range.first == range.last ? std::to_string(range.first)
                                     : std::to_string(range.first) + '-' + std::to_string(range.last);
}

std::string status_text(const ProbeSpec& probe) {
    if (probe.status.empty()) return "200";
    std::string text;
    for (const auto& range : probe.status) text.append(text.empty() ? "" : ", ").append(to_text(range));
    return text;
}

}   // namespace talos::config
