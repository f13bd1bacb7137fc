#include "logs/process/log_channel.hpp"
#include "logs/process/log_writer_messages.hpp"
#include "support/catch.hpp"
#include <cstring>
#include <string>

using namespace talos;
using logs::LogAnswer;
using logs::LogChannel;
using logs::LogRequest;

namespace {

std::string message_of(const LogAnswer& head, const std::string& texts) {
    std::string message(sizeof head, '\0');
    std::memcpy(message.data(), &head, sizeof head);
    return message + texts;
}

}   // namespace

TEST_CASE("log writer messages: an answer is read with both of its texts, each one printable line") {
    LogAnswer head;
    head.log = 7;
    head.written = 100;
    head.text_size = 9;
    head.notice_size = 6;
    const auto answer = logs::parse_answer(message_of(head, "no\nspace\x1bnotice"));
    REQUIRE(answer.has_value());
    CHECK(answer->head.log == 7);
    CHECK(answer->head.written == 100);
    CHECK(answer->text == "no space ");
    CHECK(answer->notice == "notice");
}

TEST_CASE("log writer messages: what is no answer is not read") {
    LogAnswer head;
    CHECK(logs::parse_answer(message_of(head, "")).has_value());
    CHECK_FALSE(logs::parse_answer("").has_value());
    CHECK_FALSE(logs::parse_answer(message_of(head, "").substr(1)).has_value());
    CHECK_FALSE(logs::parse_answer(message_of(head, "more than it says")).has_value());
    head.text_size = 10;
    CHECK_FALSE(logs::parse_answer(message_of(head, "less")).has_value());
    head.text_size = logs::longest_said + 1;
    CHECK_FALSE(logs::parse_answer(message_of(head, std::string(head.text_size, 'x'))).has_value());
    head.text_size = 0xffffffffu;   // the sum of both is 3
    head.notice_size = 4;
    CHECK_FALSE(logs::parse_answer(message_of(head, "abc")).has_value());
}

TEST_CASE("log writer messages: rights come back as they were, and too many groups are refused") {
    posix::Credentials rights{1000, 100, {100, 27, 4000000000u}, "somebody"};
    const auto message = logs::rights_message(rights, 4711);
    REQUIRE(message.has_value());
    LogRequest head;
    std::memcpy(&head, message->data(), sizeof head);
    CHECK(head.parent == 4711);
    const auto back = logs::rights_of(head, std::string_view(*message).substr(sizeof head));
    REQUIRE(back.has_value());
    CHECK(back->uid == 1000);
    CHECK(back->gid == 100);
    CHECK(back->groups == rights.groups);
    CHECK(back->user == "somebody");
    head.name_size = 1000;
    CHECK_FALSE(logs::rights_of(head, std::string_view(*message).substr(sizeof head)).has_value());
    rights.groups.resize(65536);
    CHECK_FALSE(logs::rights_message(rights, 4711).has_value());
}

TEST_CASE("log writer messages: a policy comes back as it was") {
    logs::RotatingFile::Policy policy{12345, 7, std::chrono::hours(48), true, true};
    LogRequest request;
    logs::set_policy(request, policy);
    const auto back = logs::policy_of(request);
    CHECK(back.size == policy.size);
    CHECK(back.keep == policy.keep);
    CHECK(back.every == policy.every);
    CHECK(back.daily);
    CHECK(back.compressed);
    CHECK_FALSE(back.own_only);
}

TEST_CASE("log channel: pieces are whole lines where that is possible, and end at what is to be done behind them") {
    LogChannel channel;
    channel.buffer = std::string(30'000, 'a') + "\n" + std::string(30'000, 'b') + "\n";
    CHECK(channel.next_piece() == 30'001);
    channel.wrote(30'001);
    CHECK(channel.next_piece() == 30'001);
    channel.marks.push_back({30'001, LogRequest::Kind::rotate});
    channel.buffer += "next\n";
    CHECK(channel.next_piece() == 30'001);
    CHECK_FALSE(channel.settled());
    channel.wrote(30'001);
    CHECK(channel.marks.front().behind == 0);
    channel.marks.clear();
    channel.buffer = std::string(100'000, 'x');
    CHECK(channel.next_piece() == logs::most_written);
}

TEST_CASE("log channel: what could not be written is returned whole, and only a reopening is still to be done") {
    LogChannel channel;
    channel.buffer = "one\ntwo\n";
    channel.marks.push_back({4, LogRequest::Kind::rotate});
    channel.marks.push_back({8, LogRequest::Kind::reopen});
    channel.open_asked = true;
    CHECK(channel.take_all() == "one\ntwo\n");
    CHECK(channel.settled());
    REQUIRE(channel.marks.size() == 1);
    CHECK(channel.marks.front().what == LogRequest::Kind::reopen);
}
