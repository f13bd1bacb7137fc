#include "cli/logs/record_stream.hpp"
#include "logs/read/log_search.hpp"
#include <algorithm>

namespace talos::cli {

Result<RecordStream> RecordStream::since(std::size_t source, const std::string& path, logs::LineShape shape, Span span,
                                         LogFilter filter) {
    auto end = logs::LogReader::at_end(path);
    if (!end) return end.error();
    auto begin = logs::begin_of(span.since, *end);
    if (!begin) return begin.error();
    if (span.until) end = logs::begin_of(*span.until, std::move(*end));
    if (!end) return end.error();
    RecordStream stream{source, logs::ForwardLines{std::move(*begin), std::move(*end)}, logs::LineJoiner{shape},
                        std::move(filter)};
    if (span.since != 0) stream.since_ = span.since;
    stream.until_ = span.until;
    return stream;
}

bool RecordStream::accept(LogRecord joined, ShownRecord& record) {
    // A record without a timestamp takes the order of the one before it. The order never decreases, even if the clock was set
    // back.
    if (joined.time) order_ = std::max(order_.value_or(*joined.time), *joined.time);
    if (since_ && !order_) return false;
    if (until_ && order_ && *order_ >= *until_) return false;
    if (!filter_(joined)) return false;
    record = {source_, std::move(joined), order_.value_or(0)};
    return true;
}

Result<bool> RecordStream::next(ShownRecord& record) {
    for (std::string_view line;;) {
        const auto got = lines_.next(line);
        if (!got || !*got) return got;
        auto joined = joiner_.feed(line);
        if (joined && accept(std::move(*joined), record)) return true;
    }
}

bool RecordStream::next_unfinished(ShownRecord& record) {
    if (!std::exchange(saw_unfinished_, true) && !lines_.unfinished().empty())
        if (auto joined = joiner_.feed(lines_.unfinished()); joined && accept(std::move(*joined), record)) return true;
    while (auto joined = joiner_.take_unfinished())
        if (accept(std::move(*joined), record)) return true;
    return false;
}

namespace {

// A heap with the smallest element at the top.
bool comes_later(const std::pair<ShownRecord, std::size_t>& a, const std::pair<ShownRecord, std::size_t>& b) {
    return a.first.order != b.first.order ? a.first.order > b.first.order : a.second > b.second;
}

}   // namespace

Result<> LogMerge::refill(std::size_t stream, bool unfinished) {
    ShownRecord record;
    auto got = streams_[stream].next(record);
    if (!got) return got.error();
    if (!*got && (!unfinished || !streams_[stream].next_unfinished(record))) return {};
    heap_.emplace_back(std::move(record), stream);
    std::push_heap(heap_.begin(), heap_.end(), comes_later);
    return {};
}

Result<bool> LogMerge::next(ShownRecord& record, bool unfinished) {
    if (!std::exchange(begun_, true))
        for (std::size_t i = 0; i < streams_.size(); ++i)
            if (const auto filled = refill(i, unfinished); !filled) return filled.error();
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end(), comes_later);
    record = std::move(heap_.back().first);
    const auto stream = heap_.back().second;
    heap_.pop_back();
    if (const auto filled = refill(stream, unfinished); !filled) return filled.error();
    return true;
}

}   // namespace talos::cli
