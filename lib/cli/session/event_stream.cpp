#include "cli/session/event_stream.hpp"
#include "cli/session/answers.hpp"
#include <algorithm>
#include <boost/json/value.hpp>
#include <sys/inotify.h>

namespace talos::cli {

namespace {

constexpr Millis patience{30'000};
constexpr Millis look_again{1'000};

// The earlier of this and the caller's deadline.
SteadyTime sooner(std::optional<SteadyTime> deadline, SteadyTime other) { return deadline ? std::min(*deadline, other) : other; }

std::uint64_t sequence_of(std::string_view line) {
    const auto object = parse_object(line);
    const auto* member = object ? object->if_contains("sequence") : nullptr;
    return member != nullptr && member->is_int64() && member->get_int64() > 0 ? static_cast<std::uint64_t>(member->get_int64())
                                                                              : 0;
}

}   // namespace

SentLine parse_sent_line(std::string_view line) {
    const auto value_at = [line](std::size_t at) {
        const auto text = line.substr(at);
        return text.starts_with(' ') ? text.substr(1) : text;
    };
    if (line.starts_with("data:")) return {SentLine::What::data, value_at(5)};
    if (line.starts_with("event:")) return {SentLine::What::event, value_at(6)};
    if (line.starts_with(':')) return {SentLine::What::comment, value_at(1)};
    return {};
}

void EventStream::feed(std::string_view line) {
    const auto sent = parse_sent_line(line);
    switch (sent.what) {
    case SentLine::What::data:
        if (!event_.empty()) {
            const auto object = parse_object(sent.text);
            const auto* reason = object ? object->if_contains("reason") : nullptr;
            remarks_.push_back("talosd ended the stream" +
                               (reason != nullptr && reason->is_string()
                                    ? ": " + std::string{reason->get_string().data(), reason->get_string().size()}
                                    : std::string{}));
        } else {
            if (const auto sequence = sequence_of(sent.text); sequence != 0) last_ = sequence;
            lines_.emplace_back(sent.text);
        }
        break;
    case SentLine::What::event: event_ = sent.text; break;
    case SentLine::What::comment:
        if (sent.text.find("no longer kept") != std::string_view::npos) remarks_.emplace_back(sent.text);
        break;
    case SentLine::What::other: event_.clear(); break;   // an empty line ends an event
    }
}

// False once the stream has ended.
bool EventStream::read() {
    const auto complete = exchange_->take([this](std::string_view line) {
        feed(line);
        return true;
    });
    if (complete && !*complete) return true;
    exchange_.reset();
    return false;
}

Result<> EventStream::open() {
    if (exchange_ || forbidden_) return {};
    auto opened = follow();
    refused_ = !opened;
    return opened;
}

Result<> EventStream::follow() {
    std::string target = "/v1/events?follow=1";
    if (last_) target += "&since=" + std::to_string(*last_);
    if (!worker_.empty()) target += "&worker=" + encoded(worker_);
    auto exchange = client_.send("GET", target, "text/event-stream");
    if (!exchange) return exchange.error();
    exchange_ = std::move(*exchange);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (exchange_->response().status == 0) {
        if (wait_for({exchange_->fd()}, deadline).readable == 0) {
            exchange_.reset();
            return failure_of(ETIMEDOUT, "answer of " + client_.path());
        }
        const auto complete = exchange_->take([this](std::string_view line) {
            feed(line);
            return true;
        });
        if (!complete) {
            exchange_.reset();
            return complete.error();
        }
        if (!*complete) continue;
        const auto response = exchange_->response();
        exchange_.reset();
        if (response.good()) return {};
        forbidden_ = response.status == 403;
        return forbidden_ ? Result<>{} : Result<>{refused(parse_problem(response).detail)};
    }
    return {};
}

EventStream::What EventStream::wait(std::optional<SteadyTime> deadline, int other, int output) {
    if (!lines_.empty()) return What::event;
    if (!exchange_) return sleep_without(deadline, other, output);
    for (;;) {
        const auto woken = wait_for({exchange_->fd(), other}, deadline, output);
        if (woken.reader_gone) return What::reader_gone;
        if ((woken.readable & 1u) != 0) {
            const bool goes_on = read();
            if (!lines_.empty()) return What::event;
            if (!goes_on) return What::ended;
            continue;   // a comment that keeps the connection alive
        }
        if ((woken.readable & 2u) != 0) return What::other;
        return What::time;
    }
}

// Waits until the socket may exist again. Without permission for its directory or for following, or if talosd refuses, it only
// waits for some time.
EventStream::What EventStream::sleep_without(std::optional<SteadyTime> deadline, int other, int output) {
    const auto& path = client_.path();
    auto inotify = Inotify::create();
    bool watching = false;
    if (inotify && !forbidden_ && !refused_by_talosd()) {
        DirectoryWatch folder{*inotify, path.substr(0, path.rfind('/')), IN_CREATE | IN_MOVED_TO | IN_ATTRIB};
        watching = folder.arm().has_value();
        if (client_.connect()) return What::ended;   // it may have returned before the watch began
    }
    const auto again = std::chrono::steady_clock::now() + look_again;
    const auto until = watching ? deadline : std::optional{sooner(deadline, again)};
    const auto woken = wait_for({watching ? inotify->fd() : -1, other}, until, output);
    if (woken.reader_gone) return What::reader_gone;
    if ((woken.readable & 2u) != 0) return What::other;
    if ((woken.readable & 1u) != 0) return What::ended;
    return deadline && std::chrono::steady_clock::now() >= *deadline ? What::time : What::ended;
}

// The last attempt failed although a process listens.
bool EventStream::refused_by_talosd() { return refused_ && client_.connect().has_value(); }

void EventStream::take(const std::function<void(std::string_view line)>& line) {
    const auto lines = std::exchange(lines_, {});
    for (const auto& text : lines) line(text);
}

std::vector<std::string> EventStream::remarks() { return std::exchange(remarks_, {}); }

}   // namespace talos::cli
