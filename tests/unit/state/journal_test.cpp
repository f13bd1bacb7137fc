#include "state/journal.hpp"
#include "state/status_document.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>

using namespace talos;
using namespace talos::state;
using namespace talos::test;

namespace {

std::vector<std::string> history(const std::string& path) {
    std::vector<std::string> lines;
    REQUIRE(read_journal(path, [&](std::string_view line) {
        lines.emplace_back(line);
        return true;
    }));
    return lines;
}

JournalEntry a_start() {
    JournalEntry entry;
    entry.at = wall_from_ms(1000);
    entry.worker = "web";
    entry.from = "stopped";
    entry.to = "starting";
    entry.cause = "start";
    return entry;
}

}   // namespace

TEST_CASE("journal: a transition is one line in the contract's shape") {
    const TemporaryDirectory dir;
    auto journal = Journal::open(dir / "events.jsonl");
    REQUIRE(journal);
    auto entry = a_start();
    entry.pid = 42;
    entry.reason = "a \"quoted\"\nreason";
    CHECK(journal->append(entry) == 1);
    CHECK(journal->pending());
    REQUIRE(journal->flush());
    CHECK_FALSE(journal->pending());
    CHECK(
        read_text(dir / "events.jsonl") ==
        "{\"sequence\":1,\"at\":1000,\"worker\":\"web\",\"from\":\"stopped\",\"to\":\"starting\",\"cause\":\"start\",\"pid\":42,"
        "\"reason\":\"a \\\"quoted\\\"\\nreason\"}\n");
}

TEST_CASE("journal: a reason says of which kind it is, where it is of one") {
    const TemporaryDirectory dir;
    auto journal = Journal::open(dir / "events.jsonl");
    REQUIRE(journal);
    auto entry = a_start();
    entry.reason = "not ready within 30s (notify)";
    entry.reason_code = ReasonCode::not_ready;
    CHECK(journal->append(entry) == 1);
    REQUIRE(journal->flush());
    CHECK(read_text(dir / "events.jsonl")
              .ends_with("\"reason\":\"not ready within 30s (notify)\",\"reasonCode\":\"not-ready\"}\n"));
}

TEST_CASE("journal: an exit has the shape of lastExit, with its usage beside it") {
    const TemporaryDirectory dir;
    auto journal = Journal::open(dir / "events.jsonl");
    REQUIRE(journal);
    worker::LastExit exit{ExitStatus{0, SIGSEGV, true, {}}, wall_from_ms(900), Millis{800}};
    exit.status.usage = {std::chrono::microseconds(12'345), std::chrono::microseconds(6'789), 2048};
    const bool with_code = GENERATE(false, true);
    if (with_code) exit.status.signal = 0, exit.status.code = 7;
    auto entry = a_start();
    entry.exit = &exit;
    journal->append(entry);
    REQUIRE(journal->flush());
    const auto line = boost::json::parse(history(dir / "events.jsonl").at(0)).as_object();
    CHECK(line.at("exit") == boost::json::value(to_json(exit)));
    CHECK(boost::json::serialize(line.at("usage")) == R"({"userMs":12,"systemMs":6,"maxRssKiB":2048})");
}

TEST_CASE("journal: lines about talosd itself have no worker") {
    const TemporaryDirectory dir;
    auto journal = Journal::open(dir / "events.jsonl");
    REQUIRE(journal);
    JournalEntry entry;
    entry.at = wall_from_ms(5);
    entry.to = "starting";
    journal->append(entry);
    REQUIRE(journal->flush());
    CHECK(read_text(dir / "events.jsonl") == "{\"sequence\":1,\"at\":5,\"to\":\"starting\"}\n");
}

TEST_CASE("journal: the sequence goes on where the last run ended") {
    const TemporaryDirectory dir;
    for (std::uint64_t expected = 1; expected <= 3; ++expected) {
        auto journal = Journal::open(dir / "events.jsonl");
        REQUIRE(journal);
        CHECK(journal->last_sequence() == expected - 1);
        CHECK(journal->append(a_start()) == expected);
        REQUIRE(journal->flush());
    }
}

TEST_CASE("journal: a torn last line is cut off, and its number used again") {
    const TemporaryDirectory dir;
    const std::string whole = "{\"sequence\":7,\"at\":1}\n";
    write_text(dir / "events.jsonl", whole + "{\"sequence\":8,\"at");
    auto journal = Journal::open(dir / "events.jsonl");
    REQUIRE(journal);
    CHECK(read_text(dir / "events.jsonl") == whole);
    CHECK(journal->append(a_start()) == 8);
}

TEST_CASE("journal: lines that are none are skipped in the search for the last number") {
    const TemporaryDirectory dir;
    const auto garbage = GENERATE(std::string("garbage\n\n[1]\n{\"sequence\":-5}\n{\"sequence\":\"9\"}\n{\"sequence\":1e3}\n"),
                                  std::string(300'000, 'x') + "\n", std::string(100'000, '\0') + "\n");
    write_text(dir / "events.jsonl", "{\"sequence\":3}\n" + garbage);
    const auto journal = Journal::open(dir / "events.jsonl");
    REQUIRE(journal);
    CHECK(journal->last_sequence() == 3);
}

TEST_CASE("journal: after a rotation the newest old file tells the number") {
    const TemporaryDirectory dir;
    write_text(dir / "events.jsonl", "torn");
    write_text(dir / "events.jsonl.1", "{\"sequence\":12}\n");
    write_text(dir / "events.jsonl.2", "{\"sequence\":99}\n");
    const auto journal = Journal::open(dir / "events.jsonl");
    REQUIRE(journal);
    CHECK(journal->last_sequence() == 12);
}

TEST_CASE("journal: the history is read oldest first, whole lines only, until the reader has enough") {
    const TemporaryDirectory dir;
    CHECK(history(dir / "events.jsonl").empty());
    write_text(dir / "events.jsonl", "e\nf\nbeing written");
    write_text(dir / "events.jsonl.1", "c\nd\n");
    write_text(dir / "events.jsonl.3", "a\nb\n");
    CHECK(history(dir / "events.jsonl") == std::vector<std::string>{"a", "b", "c", "d", "e", "f"});
    std::size_t count = 0;
    REQUIRE(read_journal(dir / "events.jsonl", [&](std::string_view) { return ++count < 3; }));
    CHECK(count == 3);
}

TEST_CASE("journal: what cannot be written is kept, and past 1 MiB one line stands for the lost ones") {
    const TemporaryDirectory dir;
    const std::string path = dir / "events.jsonl";
    auto journal = Journal::open(path);
    REQUIRE(journal);
    journal->reopen();
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);   // nothing can be written now
    const std::string reason(1000, 'r');
    auto entry = a_start();
    entry.reason = reason;
    std::uint64_t last = 0;
    for (int i = 0; i < 3000; ++i) {
        last = journal->append(entry);
        CHECK_FALSE(journal->flush());
    }
    std::filesystem::remove(path);
    REQUIRE(journal->flush());
    CHECK(std::filesystem::file_size(path) <= (1u << 20) + 4096);

    std::uint64_t next = 1;
    for (const auto& line : history(path)) {
        const auto object = boost::json::parse(line).as_object();
        const auto sequence = object.at("sequence").to_number<std::uint64_t>();
        if (object.at("cause") == "lost") {
            CHECK(object.at("first").to_number<std::uint64_t>() == next);
            CHECK(object.at("last").to_number<std::uint64_t>() == sequence);
        } else {
            CHECK(sequence == next);
        }
        next = sequence + 1;
    }
    CHECK(next == last + 1);
}
