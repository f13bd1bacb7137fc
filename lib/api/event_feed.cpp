#include "api/event_feed.hpp"
#include "state/json_text.hpp"
#include <charconv>

namespace talos::api {

namespace {

std::uint64_t number_behind(std::string_view line, std::string_view key) {
    const auto at = line.find(key);
    std::uint64_t number = 0;
    if (at != std::string_view::npos) std::from_chars(line.data() + at + key.size(), line.data() + line.size(), number);
    return number;
}

}   // namespace

std::uint64_t sequence_of(std::string_view line) {
    constexpr std::string_view opening = "{\"sequence\":";
    return line.starts_with(opening) ? number_behind(line, opening) : 0;
}

EventKey key_of(std::string_view line) {
    constexpr std::string_view worker = ",\"worker\":\"";
    EventKey key;
    if (!line.ends_with('}')) return key;
    key.sequence = sequence_of(line);
    key.first = key.sequence;
    if (line.find(",\"cause\":\"lost\"") != std::string_view::npos)
        if (const auto first = number_behind(line, ",\"first\":"); first != 0 && first < key.sequence) key.first = first;
    if (const auto at = line.find(worker); at != std::string_view::npos) {
        key.worker = line.substr(at + worker.size());
        key.worker = key.worker.substr(0, key.worker.find('"'));
    }
    return key;
}

void append_message(std::string& out, std::uint64_t sequence, std::string_view line) {
    out += "id: ";
    state::append_number(out, sequence);
    out.append("\ndata: ").append(line).append("\n\n");
}

EventFeed::EventFeed(EventBus& event_bus, std::size_t bytes) : most_(bytes) {
    EventBus::Reader reader;
    reader.event = [this](std::uint64_t sequence, std::string_view line) { add(sequence, line); };
    subscription_ = EventBus::Subscription(event_bus, std::move(reader));
}

void EventFeed::add(std::uint64_t sequence, std::string_view line) {
    auto message = std::make_shared<EventMessage>();
    message->sequence = sequence;
    message->worker = key_of(line).worker;
    append_message(message->text, sequence, line);
    bytes_ += message->text.size();
    messages_.push_back(std::move(message));
    while (bytes_ > most_) {
        bytes_ -= messages_.front()->text.size();
        messages_.pop_front();
    }
}

}   // namespace talos::api
