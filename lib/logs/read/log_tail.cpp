#include "logs/read/log_tail.hpp"
#include "logs/read/log_search.hpp"
#include <algorithm>
#include <iterator>

namespace talos::logs {

namespace {

// Collects records, newest first, until there are enough.
class Collector {
public:
    Collector(const TailQuery& query, Tail& tail) : query_(query), tail_(tail) {}

    void take(BackwardJoiner::Joined joined) {
        auto& record = joined.record;
        if (!joined.finished && query_.unfinished == BackwardLines::Unfinished::leave) {
            tail_.joiner.resume(std::move(record));
            return;
        }
        if (query_.since && record.time && *record.time < *query_.since) {
            enough_ = true;
            return;
        }
        const bool timeless = query_.since && !record.time;
        if (!timeless) std::move(timeless_.begin(), timeless_.end(), std::back_inserter(tail_.records));
        if (!timeless) timeless_.clear();
        const bool too_new = query_.until && record.time && *record.time >= *query_.until;   // written while the clock was ahead
        if (!too_new && (!query_.wanted || query_.wanted(record))) {
            bytes_ += record.text.size();
            full_ = joined.full ? std::optional(record.stream) : std::nullopt;
            (timeless ? timeless_ : tail_.records).push_back(std::move(record));
        }
        enough_ = tail_.records.size() >= query_.records || bytes_ >= query_.bytes;
        tail_.shortened = enough_ && tail_.records.size() < query_.records;
    }

    [[nodiscard]] bool enough() const { return enough_; }
    /// The stream of the oldest record if that record may be only the end of a line.
    [[nodiscard]] const std::optional<std::string>& full() const { return full_; }

private:
    const TailQuery& query_;
    Tail& tail_;
    std::vector<LogRecord> timeless_;   // kept until the time of the record before them is known
    std::size_t bytes_ = 0;
    bool enough_ = false;
    std::optional<std::string> full_;
};

// Whether a line before the last returned one is continued by it.
Result<bool> begins_earlier(BackwardLines& lines, const std::string& stream) {
    constexpr int patience = 1'000;
    std::string line;
    for (int i = 0; i < patience; ++i) {
        const auto got = lines.previous(line);
        if (!got || !*got) return got;
        if (const auto continued = is_continued(line, stream)) return *continued;
    }
    return false;
}

}   // namespace

namespace {

Result<BackwardLines> lines_of(const std::string& path, const TailQuery& query) {
    if (!query.until) return BackwardLines::open(path, query.unfinished);
    auto end = LogReader::at_end(path);
    if (!end) return end.error();
    auto begin = begin_of(*query.until, std::move(*end));
    if (!begin) return begin.error();
    return BackwardLines::before(std::move(*begin));
}

}   // namespace

Result<Tail> read_tail(const std::string& path, const TailQuery& query) {
    auto lines = lines_of(path, query);
    if (!lines) return lines.error();
    Tail tail{{}, lines->end(), LineJoiner{query.shape}};
    Collector collector{query, tail};
    BackwardJoiner joiner{query.shape};
    std::string line;
    for (bool more = query.records != 0; more && !collector.enough();) {
        const auto got = lines->previous(line);
        if (!got) return got.error();
        more = *got;
        if (more) joiner.feed(line);
        else joiner.end();
        while (!collector.enough()) {
            auto joined = joiner.take();
            if (!joined) break;
            collector.take(std::move(*joined));
        }
    }
    tail.cut = lines->is_cut() && collector.enough() && !tail.records.empty();
    if (collector.full() && collector.enough() && !tail.cut) {
        const auto earlier = begins_earlier(*lines, *collector.full());
        if (!earlier) return earlier.error();
        tail.cut = *earlier;
    }
    joiner.end();   // only older lines remain, and possibly the start of a line of the other stream
    while (auto joined = joiner.take())
        if (!joined->finished && query.unfinished == BackwardLines::Unfinished::leave)
            tail.joiner.resume(std::move(joined->record));
    if (tail.records.size() > query.records) tail.records.resize(query.records);
    std::reverse(tail.records.begin(), tail.records.end());
    return tail;
}

}   // namespace talos::logs
