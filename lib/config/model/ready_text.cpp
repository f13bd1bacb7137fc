#include "config/model/ready_text.hpp"

#include "config/model/probe_text.hpp"

namespace talos::config {

std::string to_text(const ReadySpec& ready) {
    switch (ready.kind) {
    case ReadySpec::Kind::notify: return "notify";
    case ReadySpec::Kind::fd: return "descriptor 3";
    case ReadySpec::Kind::log: return "log";
    case ReadySpec::Kind::probe: return to_text(ready.probe);
    }
    __builtin_unreachable();
}

}   // namespace talos::config
