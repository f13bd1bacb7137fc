#include "engine/runner/view_destination.hpp"

namespace talos::engine {

using config::LogSpec;

namespace {

constexpr std::size_t held_limit = 8 * 1024;

}   // namespace

logs::Flow ViewDestination::write(logs::Stream stream, std::string_view bytes) {
    switch (how_) {
    case LogSpec::Inherit::prefixed: observer_.output(index_, stream, bytes); break;   // who prefixes lines puts them together
    case LogSpec::Inherit::bare: write_bare(stream, bytes); break;
    }
    return logs::Flow::on;
}

// Whole lines, so that streams and workers do not tear each other's.
void ViewDestination::write_bare(logs::Stream stream, std::string_view bytes) {
    auto& held = held_[static_cast<std::size_t>(stream)];
    const auto end = bytes.rfind('\n') + 1;   // npos + 1 is 0
    if (end > 0 && held.empty()) {
        observer_.bare_output(stream, bytes.substr(0, end));
    } else if (end > 0) {
        observer_.bare_output(stream, held.append(bytes.substr(0, end)));
        std::string().swap(held);
    }
    held.append(bytes.substr(end));
    if (held.size() > held_limit) {
        observer_.bare_output(stream, held.append("\n"));
        std::string().swap(held);
    }
}

void ViewDestination::end_of_run() {
    for (const auto stream : {logs::Stream::out, logs::Stream::err})
        if (!held_[static_cast<std::size_t>(stream)].empty()) (void)write(stream, "\n");
    observer_.output_end(index_);
}

}   // namespace talos::engine
