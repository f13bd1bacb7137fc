#include "supervisor/view_destination.hpp"

namespace talos::supervisor {

using config::LogSpec;

namespace {

constexpr std::size_t held_limit = 8 * 1024;

}  // namespace

/// What only knows its worker, not the stream, and prefixes lines itself gets it as it comes; else whole lines, so that streams and
/// workers do not tear each other's.
aio::Flow ViewDestination::write(aio::Stream stream, std::string_view bytes) {
    if (how_ == LogSpec::Inherit::prefixed && streams_ == config::Streams::joined) {
        pass(stream, bytes);
        return aio::Flow::on;
    }
    auto& held = held_[static_cast<std::size_t>(stream)];
    const auto end = bytes.rfind('\n') + 1;   // npos + 1 is 0
    if (end > 0 && held.empty()) {
        pass(stream, bytes.substr(0, end));
    } else if (end > 0) {
        pass(stream, held.append(bytes.substr(0, end)));
        std::string().swap(held);
    }
    held.append(bytes.substr(end));
    if (held.size() > held_limit) {
        pass(stream, held.append("\n"));
        std::string().swap(held);
    }
    return aio::Flow::on;
}

void ViewDestination::end_of_run() {
    for (const auto stream : {aio::Stream::out, aio::Stream::err})
        if (!held_[static_cast<std::size_t>(stream)].empty()) (void)write(stream, "\n");
    observer_.output_end(index_);
}

void ViewDestination::pass(aio::Stream stream, std::string_view bytes) {
    switch (how_) {
    case LogSpec::Inherit::prefixed: return observer_.output(index_, bytes);
    case LogSpec::Inherit::bare: return observer_.bare_output(stream, bytes);
    }
}

}  // namespace talos::supervisor
