#include "cli/views/live_status.hpp"
#include "cli/command_line/moment.hpp"
#include <utility>

namespace talos::cli {

namespace {

constexpr Millis patience{3'000};

std::string stale_sentence(const client::Probe& seen, bool stopped) {
    const auto written = seen.document->head.updated_at;
    const auto pid = std::to_string(seen.document->head.identity.pid);
    const auto what = stopped ? "talosd itself is suspended (SIGSTOP), `kill -CONT " + pid + "` continues it"
                              : std::string("talosd does not answer");
    return what + "; the following is from status.json of " + local_time(written) + ", " + ago(written, wall_now()) +
           ", and may be out of date";
}

}   // namespace

std::optional<http::Endpoint> socket_of(const DaemonLocation& location, const client::Probe& seen) {
    if (is_stopped(seen)) return std::nullopt;
    const auto reached = reach(location, seen);
    const auto* api = std::get_if<Api>(&reached);
    return api != nullptr ? std::optional(api->client.endpoint()) : std::nullopt;
}

client::Probe with_answer(const DaemonLocation& location, client::Probe seen, Usage usage) {
    if (seen.state != client::Probe::State::running) return seen;
    if (is_stopped(seen)) {
        seen.reason = stale_sentence(seen, true);
        return seen;
    }
    auto reached = reach(location, seen);
    auto* api = std::get_if<Api>(&reached);
    if (api == nullptr) return seen;   // it has no socket
    if (auto document = ask_status(api->client, patience, usage)) seen.document = std::move(*document);
    else seen.reason = stale_sentence(seen, false);
    return seen;
}

}   // namespace talos::cli
