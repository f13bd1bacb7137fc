#include "cli/logs/remote_log.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/logs/log_sources.hpp"
#include "cli/session/answers.hpp"
#include <algorithm>

namespace talos::cli {

bool LogMark::take(std::string_view line) {
    auto stamp = logs::stamp_of(line);
    if (!stamp) stamp = last_;   // it belongs to the line before it
    if (skip_ != 0 && stamp == last_) {
        --skip_;
        return false;
    }
    skip_ = 0;
    ++lines_;
    if (stamp) at_last_ = stamp == last_ ? at_last_ + 1 : 1;
    last_ = stamp;
    return true;
}

std::string RemoteLog::target(const std::string& query) const { return "/v1/workers/" + encoded(worker_) + "/logs?" + query; }

// nullopt: all.
std::optional<std::size_t> RemoteLog::limit() const {
    if (options_->lines || !options_->since) return options_->lines.value_or(default_lines);
    return std::nullopt;
}

// The number of last lines; nullopt: all of them.
Result<http::Response> RemoteLog::fetch(http::Client& client, std::optional<std::size_t> lines) {
    constexpr std::size_t slack = 1'000;
    mark_ = {};
    joiner_ = logs::LineJoiner{LineShape::stamped};
    kept_.clear();
    const auto most = limit();
    first_ = 0;
    const auto add = [&](LogRecord record) {
        const auto number = static_cast<std::int64_t>(mark_.lines());
        if (first_ == 0) first_ = number;
        if (options_->until && record.time && *record.time >= *options_->until) return;   // possible after the clock was set back
        if (!(*filter_)(record)) return;
        kept_.push_back({source_, std::move(record), number});
        if (most && kept_.size() > *most + slack) kept_.pop_front();
    };
    std::string query = "lines=" + (lines ? std::to_string(*lines) : std::string{"all"});
    if (options_->since.value_or(0) != 0) query += "&since=" + rfc3339(*options_->since);
    if (options_->until) query += "&until=" + rfc3339(*options_->until);
    auto response = client.stream("GET", target(query), "text/plain", [&](std::string_view line) {
        (void)mark_.take(line);
        if (auto record = joiner_.feed(line)) add(std::move(*record));
        return true;
    });
    if (!response || !response->good() || options_->follow) return response;
    if (!response->body.empty())   // an incomplete line
        if (auto record = joiner_.feed(response->body)) add(std::move(*record));
    while (auto record = joiner_.take_unfinished()) add(std::move(*record));
    return response;
}

Result<http::Response> RemoteLog::fetch(http::Client& client, std::vector<ShownRecord>& all) {
    constexpr std::size_t most_by_number = 100'000;   // maximum that talosd counts itself
    constexpr std::size_t step = 10;
    const auto most = limit();
    // One extra line: with a line in pieces the answer could begin in the middle of it. With a filter the required number is
    // unknown.
    std::optional<std::size_t> lines;
    if (most && *most < most_by_number) lines = *most == 0 ? 0 : *most + 1;
    if (lines && *lines != 0 && (!options_->grep.empty() || !options_->stream.empty()))
        lines = std::max<std::size_t>(*lines, 1'000);
    for (;;) {
        auto response = fetch(client, lines);
        if (!response || !response->good()) return response;
        const bool cut = lines && *lines != 0 && mark_.lines() >= *lines;
        if (cut && !kept_.empty() && kept_.front().order == first_) kept_.pop_front();
        if (cut && kept_.size() < *most && !(is_raw() && needs_stamps(*options_))) {
            lines = *lines * step;
            if (*lines > most_by_number) lines.reset();
            continue;
        }
        if (most) kept_.erase(kept_.begin(), kept_.end() - static_cast<std::ptrdiff_t>(std::min(*most, kept_.size())));
        cut_ = !kept_.empty() && kept_.front().record.continues;
        if (is_raw()) {
            behind_ = kept_.empty() ? 0 : mark_.lines() - static_cast<std::size_t>(kept_.front().order) + 1;
            if (options_->follow) kept_.clear();
        }
        std::vector<LogRecord> records;
        for (auto& kept : kept_) records.push_back(std::move(kept.record));
        kept_.clear();
        add_records(all, source_, std::move(records), 0);
        return response;
    }
}

RemoteLog::Behind RemoteLog::behind() {
    if (mark_.last()) {
        mark_.begin_again();
        return {rfc3339(*mark_.last()), {}};
    }
    if (is_raw() || limit() == 0u) {
        old_ = std::exchange(behind_, 0);
        return {{}, std::to_string(old_)};
    }
    // The log was empty: everything that has arrived since.
    if (options_->since.value_or(0) != 0) return {rfc3339(*options_->since), {}};
    return {{}, "all"};
}

std::string RemoteLog::target_behind() {
    const auto begin = behind();
    return target("follow=1&" + (begin.since.empty() ? "lines=" + begin.lines : "since=" + begin.since));
}

std::optional<ShownRecord> RemoteLog::take(std::string_view line) {
    if (!mark_.take(line)) return std::nullopt;
    const bool old = old_ > 0;
    if (old) --old_;
    auto record = joiner_.feed(line);
    if (!record || !(*filter_)(*record)) return std::nullopt;
    ShownRecord shown{source_, std::move(*record), 0};
    if (!old) stamp_arrival(shown, *options_);
    return shown;
}

}   // namespace talos::cli
