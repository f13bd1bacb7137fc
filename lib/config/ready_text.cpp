#include "config/ready_text.hpp"

namespace talos::config {

std::string to_text(const ReadySpec& ready) {
    switch (ready.kind) {
    case ReadySpec::Kind::notify: return "notify";
    case ReadySpec::Kind::fd: return "descriptor 3";
    case ReadySpec::Kind::tcp: return "tcp " + ready.target;
    case ReadySpec::Kind::http: return "http " + ready.target;
    case ReadySpec::Kind::exec: return "exec " + ready.command.front();
    case ReadySpec::Kind::log: return "log";
    }
    __builtin_unreachable();
}

}  // namespace talos::config
