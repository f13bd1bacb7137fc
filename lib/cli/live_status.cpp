#include "cli/live_status.hpp"
#include "cli/moment.hpp"
#include "posix/identity.hpp"
#include <utility>

namespace talos::cli {

namespace {

constexpr Millis patience{3'000};

bool is_stopped(const daemon::Probe& seen) {
    const auto stat = posix::read_stat(seen.document->head.identity.pid);
    return stat && (stat->state == 'T' || stat->state == 't');
}

std::string stale_sentence(const daemon::Probe& seen, bool stopped) {
    const auto written = seen.document->head.updated_at;
    return std::string(stopped ? "talosd is stopped (SIGSTOP) and " : "talosd ") + "does not answer; this is what status.json said at " + local_time(written) + ", " + ago(written, wall_now()) +
           ", and may be out of date";
}

}  // namespace

std::optional<control::Endpoint> socket_of(const Place& place, const daemon::Probe& seen) {
    if (is_stopped(seen)) return std::nullopt;
    const auto reached = reach(place, seen);
    const auto* api = std::get_if<Api>(&reached);
    return api != nullptr ? std::optional(api->client.endpoint()) : std::nullopt;
}

daemon::Probe with_answer(const Place& place, daemon::Probe seen) {
    if (seen.state != daemon::Probe::State::running) return seen;
    if (is_stopped(seen)) {
        seen.reason = stale_sentence(seen, true);
        return seen;
    }
    auto reached = reach(place, seen);
    auto* api = std::get_if<Api>(&reached);
    if (api == nullptr) return seen;   // it has no socket
    if (auto document = ask_status(api->client, patience)) seen.document = std::move(*document);
    else seen.reason = stale_sentence(seen, false);
    return seen;
}

}  // namespace talos::cli
