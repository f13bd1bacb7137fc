#include "logs/format/log_line.hpp"
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <chrono>

namespace talos::logs {

namespace {

constexpr std::size_t joined_limit = 1u << 20;

struct Piece {
    LogRecord record;
    bool partial = false;
};

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
    return value;
}

// `TIME STREAM F|P TEXT`; further tags may follow the first one after a colon.
std::optional<Piece> parse_cri(std::string_view line) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = line.find(' ', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    auto third = line.find(' ', second + 1);
    if (third == std::string_view::npos) third = line.size();
    const auto stream = line.substr(first + 1, second - first - 1);
    const auto tags = line.substr(second + 1, third - second - 1);
    const auto tag = tags.substr(0, tags.find(':'));
    if ((stream != "stdout" && stream != "stderr") || (tag != "F" && tag != "P")) return std::nullopt;
    const auto time = parse_rfc3339(line.substr(0, first));
    if (!time) return std::nullopt;
    return Piece{{*time, std::string{stream}, std::string{line.substr(std::min(third + 1, line.size()))}}, tag == "P"};
}

std::optional<Piece> parse_json(std::string_view line) {
    boost::system::error_code error;
    const auto value = boost::json::parse({line.data(), line.size()}, error);
    if (error || !value.is_object()) return std::nullopt;
    const auto& object = value.get_object();
    const auto word = [&](const char* key) -> std::optional<std::string_view> {
        const auto* member = object.if_contains(key);
        if (member == nullptr || !member->is_string()) return std::nullopt;
        return std::string_view{member->get_string().data(), member->get_string().size()};
    };
    const auto text = word("line");
    const auto stamp = word("time");
    const auto time = stamp ? parse_rfc3339(*stamp) : std::nullopt;
    if (!text || !time) return std::nullopt;
    const auto* partial = object.if_contains("partial");
    return Piece{{*time, std::string{word("stream").value_or("")}, std::string{*text}},
                 partial != nullptr && partial->is_bool() && partial->get_bool()};
}

Piece parse_piece(std::string_view line, LineShape shape) {
    if (shape == LineShape::stamped && !line.empty()) {
        auto piece = line.front() == '{' ? parse_json(line) : parse_cri(line);
        if (piece) return std::move(*piece);
    }
    return Piece{{std::nullopt, {}, std::string{line}}, false};
}

// `Z`, `z`, `+hh:mm` or `-hh:mm` to minutes.
std::optional<int> offset_minutes(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const auto hours = number(text.substr(1, 2));
    const auto minutes = number(text.substr(4, 2));
    if (!hours || !minutes) return std::nullopt;
    return (text[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

}   // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
        text[16] != ':')
        return std::nullopt;
    const auto year = number(text.substr(0, 4)), month = number(text.substr(5, 2)), day = number(text.substr(8, 2));
    const auto hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2)), second = number(text.substr(17, 2));
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    // The years that 64-bit nanoseconds can represent.
    if (!date.ok() || *year < 1678 || *year > 2261 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

    std::size_t at = 19;
    std::int64_t nanoseconds = 0;
    if (text[at] == '.') {
        std::int64_t weight = 100'000'000;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, weight /= 10)
            nanoseconds += weight * (text[at] - '0');
    }
    const auto offset = offset_minutes(text.substr(at));
    if (!offset) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    const std::int64_t seconds = days * 86'400 + (*hour * 60 + *minute - *offset) * 60 + *second;
    return seconds * 1'000'000'000 + nanoseconds;
}

std::optional<std::int64_t> stamp_of(std::string_view line) {
    constexpr std::string_view json = R"({"time":")";
    if (line.starts_with(json)) {
        line.remove_prefix(json.size());
        return parse_rfc3339(line.substr(0, line.find('"')));
    }
    return parse_rfc3339(line.substr(0, line.find(' ')));
}

std::optional<bool> is_continued(std::string_view line, std::string_view stream) {
    const auto piece = parse_piece(line, LineShape::stamped);
    return piece.record.stream == stream ? std::optional(piece.partial) : std::nullopt;
}

std::optional<LogRecord> LineJoiner::feed(std::string_view line) {
    Piece piece = parse_piece(line, shape_);
    const auto same_stream = [&](const LogRecord& record) { return record.stream == piece.record.stream; };
    const auto begun = std::find_if(open_.begin(), open_.end(), same_stream);
    if (begun == open_.end()) {
        piece.record.continues = std::erase(cut_, piece.record.stream) != 0;
        if (!piece.partial) return std::move(piece.record);
        open_.push_back(std::move(piece.record));
        return std::nullopt;
    }
    begun->text.append(piece.record.text);
    if (piece.partial && begun->text.size() < joined_limit) return std::nullopt;
    if (piece.partial) cut_.push_back(piece.record.stream);
    LogRecord whole = std::move(*begun);
    open_.erase(begun);
    return whole;
}

std::optional<LogRecord> LineJoiner::take_unfinished() {
    if (open_.empty()) return std::nullopt;
    LogRecord record = std::move(open_.front());
    open_.erase(open_.begin());
    return record;
}

void BackwardJoiner::feed(std::string_view line) {
    Piece piece = parse_piece(line, shape_);
    const auto& stream = piece.record.stream;
    const auto open = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                   [&](const auto& each) { return !each.whole && each.joined.record.stream == stream; });
    const bool met = std::find(streams_.begin(), streams_.end(), stream) != streams_.end();
    if (piece.partial && open != waiting_.rend()) {
        open->bytes += piece.record.text.size();
        open->whole = open->joined.full = open->bytes >= joined_limit;
        open->joined.record.time = piece.record.time;
        open->pieces.push_back(std::move(piece.record.text));
        return;
    }
    if (open != waiting_.rend()) open->whole = true;
    if (!met) streams_.push_back(stream);
    Waiting begun;
    begun.whole = !piece.record.time;
    begun.bytes = piece.record.text.size();
    begun.joined = {std::move(piece.record), met || !piece.partial};
    if (begun.joined.finished) waiting_.push_back(std::move(begun));
    else waiting_.push_front(std::move(begun));   // the rest of the line has not been read yet
}

std::optional<BackwardJoiner::Joined> BackwardJoiner::take() {
    constexpr std::size_t patience = 1'000;
    if (waiting_.empty() || !(waiting_.front().whole || ended_ || waiting_.size() > patience)) return std::nullopt;
    auto [joined, pieces, bytes, whole] = std::move(waiting_.front());
    waiting_.pop_front();
    if (!pieces.empty()) {
        std::string text;
        text.reserve(bytes);
        for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) text += *piece;
        joined.record.text.insert(0, text);
    }
    return std::move(joined);
}

}   // namespace talos::logs
