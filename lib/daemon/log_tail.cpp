#include "daemon/log_tail.hpp"
#include <algorithm>
#include <iterator>

namespace talos::daemon {

namespace {

// Takes records, the newest first, until there are enough of them.
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
        if (!query_.wanted || query_.wanted(record)) {
            bytes_ += record.text.size();
            (timeless ? timeless_ : tail_.records).push_back(std::move(record));
        }
        enough_ = tail_.records.size() >= query_.records || bytes_ >= query_.bytes;
        tail_.shortened = enough_ && tail_.records.size() < query_.records;
    }

    [[nodiscard]] bool enough() const { return enough_; }

private:
    const TailQuery& query_;
    Tail& tail_;
    std::vector<LogRecord> timeless_;   // until it is known when the one before them was written
    std::size_t bytes_ = 0;
    bool enough_ = false;
};

}  // namespace

Result<Tail> read_tail(const std::string& path, const TailQuery& query) {
    auto lines = BackwardLines::open(path, query.unfinished);
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
    joiner.end();   // what is left are older ones, and perhaps the beginning of a line of the other stream
    while (auto joined = joiner.take())
        if (!joined->finished && query.unfinished == BackwardLines::Unfinished::leave) tail.joiner.resume(std::move(joined->record));
    if (tail.records.size() > query.records) tail.records.resize(query.records);
    std::reverse(tail.records.begin(), tail.records.end());
    return tail;
}

}  // namespace talos::daemon
