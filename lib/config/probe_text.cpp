#include "config/probe_text.hpp"

namespace talos::config {

std::string to_text(const ProbeSpec& probe) {
    switch (probe.kind) {
    case ProbeSpec::Kind::tcp: return "tcp " + probe.target;
    case ProbeSpec::Kind::http: return "http " + probe.target;
    case ProbeSpec::Kind::exec: return "exec " + probe.command.front();
    }
    __builtin_unreachable();
}

}  // namespace talos::config
