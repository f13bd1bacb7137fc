#include "cli/logs/log_view.hpp"
#include "support/catch.hpp"

using namespace talos::cli;

namespace {

LogRecord at(std::int64_t time, const char* text) { return {time, "stdout", text}; }
LogRecord raw(const char* text) { return {std::nullopt, {}, text}; }

std::string shown(LogView&& view, const std::vector<ShownRecord>& records) {
    std::string out;
    for (const auto& record : records) view.show(record, out);
    view.end(out);
    return out;
}

std::string texts(const std::vector<ShownRecord>& records) {
    std::string out;
    for (const auto& record : records) out += record.record.text;
    return out;
}

}   // namespace

TEST_CASE("log view: several logs are merged by time and the last lines of all are kept") {
    std::vector<ShownRecord> all;
    add_records(all, 0, {at(10, "a"), at(40, "d")}, 0);
    add_records(all, 1, {at(20, "b"), at(30, "c")}, 0);
    keep_last(all, 3);
    CHECK(texts(all) == "bcd");
}

TEST_CASE("log view: lines without a time stay with the line before them") {
    std::vector<ShownRecord> all;
    add_records(all, 0, {at(10, "a"), raw("b"), at(30, "d")}, 99);
    add_records(all, 1, {at(20, "c")}, 99);
    keep_last(all, 10);
    CHECK(texts(all) == "abcd");
}

TEST_CASE("log view: a raw log counts as written when its file was last changed") {
    std::vector<ShownRecord> all;
    add_records(all, 0, {raw("x"), raw("y")}, 25);
    add_records(all, 1, {at(20, "a"), at(30, "b")}, 99);
    keep_last(all, 10);
    CHECK(texts(all) == "axyb");
}

TEST_CASE("log view: a clock that was set back does not turn a log's lines around") {
    std::vector<ShownRecord> all;
    add_records(all, 0, {at(50, "a"), at(10, "b"), at(60, "c")}, 0);
    keep_last(all, 10);
    CHECK(texts(all) == "abc");
}

TEST_CASE("log view: one worker without prefix, several with") {
    CHECK(shown({{}, {"web"}}, {{0, at(1, "hello"), 1}}) == "hello\n");
    CHECK(shown({{}, {"web", "cache"}}, {{0, at(1, "hello"), 1}, {1, at(2, ""), 2}}) == "web   | hello\ncache |\n");
}

TEST_CASE("log view: bytes pass unchanged into a file, and harmless onto a terminal") {
    LogView::Settings terminal;
    terminal.columns = 80;
    CHECK(shown({{}, {"web"}}, {{0, at(1, "a\x1b[2Jb"), 1}}) == "a\x1b[2Jb\n");
    CHECK(shown({terminal, {"web"}}, {{0, at(1, "a\x1b[2Jb"), 1}}) == "ab\n");
}

TEST_CASE("log view: a line that overwrote itself is its last state on a terminal, all of it elsewhere") {
    LogView::Settings terminal;
    terminal.columns = 80;
    CHECK(shown({terminal, {"web"}}, {{0, at(1, "10 %\r50 %\r100 %"), 1}, {0, at(2, "next"), 2}}) == "100 %\nnext\n");
    CHECK(shown({{}, {"web"}}, {{0, at(1, "10 %\r100 %"), 1}}) == "10 %\r100 %\n");
}

TEST_CASE("log view: JSON is one array, or one object a line when following") {
    LogView::Settings json;
    json.json = true;
    const std::vector<ShownRecord> records{{0, at(1769646670123456789, "a\"b"), 0}, {0, raw("c"), 0}};
    CHECK(shown({json, {"web"}}, records) ==
          "[\n{\"worker\":\"web\",\"time\":\"2026-01-29T00:31:10.123456789Z\",\"stream\":\"stdout\",\"line\":\"a\\\"b\"},\n"
          "{\"worker\":\"web\",\"line\":\"c\"}\n]\n");
    CHECK(shown({json, {"web"}}, {}) == "[]\n");
    json.follow = true;
    CHECK(shown({json, {"web"}}, {{0, raw("c"), 0}}) == "{\"worker\":\"web\",\"line\":\"c\"}\n");
}

TEST_CASE("log view: the time stands in front of each line, behind the name when there are several") {
    LogView::Settings settings;
    settings.timestamps = settings.utc = true;
    const std::vector<ShownRecord> one{
        {0, at(1769646670123456789, "hello"), 0}, {0, at(1769646671000000000, ""), 0}, {0, raw("raw"), 0}};
    CHECK(shown({settings, {"web"}}, one) ==
          "2026-01-29T00:31:10.123Z hello\n2026-01-29T00:31:11.000Z\n-                        raw\n");
    CHECK(shown({settings, {"web", "db"}}, {one[0], one[1]}) ==
          "web | 2026-01-29T00:31:10.123Z hello\nweb | 2026-01-29T00:31:11.000Z\n");
    settings.columns = 80;   // a line that overwrote itself does not overwrite its time
    CHECK(shown({settings, {"web"}}, {{0, at(1769646670123456789, "10 %\r100 %"), 0}}) == "2026-01-29T00:31:10.123Z 100 %\n");
    settings.json = true;   // it has them in any case
    CHECK(shown({settings, {"web"}}, {{0, raw("c"), 0}}) == "[\n{\"worker\":\"web\",\"line\":\"c\"}\n]\n");
}

TEST_CASE("log view: a line stands where another run begins") {
    const auto runs = [] {
        RunMarks marks{{"web", "db"}, [](RunMarks&) {}, 2'000'000'000'000'000'000};
        marks.note(
            R"({"sequence":1,"at":1769646670000,"worker":"web","from":"stopped","to":"starting","cause":"start","pid":41})");
        marks.note(
            R"({"sequence":2,"at":1769646680000,"worker":"db","from":"stopped","to":"starting","cause":"start","pid":42})");
        marks.note(
            R"({"sequence":3,"at":1769646690000,"worker":"web","from":"backoff","to":"starting","cause":"timer","pid":43})");
        return marks;
    };
    constexpr std::int64_t second = 1'000'000'000;
    constexpr std::int64_t begin = 1769646670 * second;
    const std::vector<ShownRecord> of_web{{0, at(begin - second, "before"), 0},
                                          {0, at(begin + second, "a"), 0},
                                          {0, raw("of a"), 0},
                                          {0, at(begin + 2 * second, "b"), 0},
                                          {0, at(begin + 20 * second, "c"), 0}};
    LogView::Settings settings;
    settings.utc = true;
    settings.now = begin;
    const auto marked = [&](std::vector<std::string> workers, const std::vector<ShownRecord>& records) {
        auto marks = runs();
        LogView view{settings, workers};
        view.mark_runs(marks);
        std::string out;
        for (const auto& record : records) view.show(record, out);
        return out;
    };
    CHECK(marked({"web"}, of_web) == "before\n── run 1, pid 41, 00:31:10Z ──\na\nof a\nb\n── run 2, pid 43, 00:31:30Z ──\nc\n");
    CHECK(marked({"web", "db"}, {of_web[1], {1, at(begin + 15 * second, "d"), 0}, of_web[3]}) ==
          "web > ── run 1, pid 41, 00:31:10Z ──\nweb | a\ndb  > ── run 1, pid 42, 00:31:20Z ──\ndb  | d\nweb | b\n");
    settings.json = settings.follow = true;
    CHECK(marked({"web"}, {of_web[4]}) == "{\"worker\":\"web\",\"time\":\"2026-01-29T00:31:30.000000000Z\",\"stream\":\"stdout\","
                                          "\"run\":2,\"pid\":43,\"line\":\"c\"}\n");
}
