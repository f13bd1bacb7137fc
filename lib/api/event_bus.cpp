#include "api/event_bus.hpp"
#include <iterator>

namespace talos::api {

namespace {

bool is_ended(const EventBus::Reader& reader) { return !reader.changed && !reader.event && !reader.output; }

/// While callbacks run, entries keep their places. Ended entries are removed afterwards.
class Calling {
public:
    Calling(std::list<EventBus::Reader>& readers, unsigned& depth, bool& ended_some)
        : readers_(readers), depth_(depth), ended_some_(ended_some) {
        ++depth_;
    }
    Calling(const Calling&) = delete;
    Calling& operator=(const Calling&) = delete;
    ~Calling() {
        if (--depth_ != 0 || !std::exchange(ended_some_, false)) return;
        readers_.remove_if(is_ended);
    }

private:
    std::list<EventBus::Reader>& readers_;
    unsigned& depth_;
    bool& ended_some_;
};

/// Calls `what` of every reader that was subscribed when the call began. It calls a copy: a callback that ends its own
/// subscription would otherwise destroy itself while it runs.
template <class Member, class... Arguments>
void call_all(std::list<EventBus::Reader>& readers, unsigned& depth, bool& ended_some, Member what, Arguments... arguments) {
    if (readers.empty()) return;
    const Calling calling(readers, depth, ended_some);
    const auto last = std::prev(readers.end());
    for (auto reader = readers.begin();; ++reader) {
        const auto callback = (*reader).*what;
        if (callback) callback(arguments...);
        if (reader == last) return;
    }
}

}   // namespace

EventBus::Subscription::Subscription(EventBus& event_bus, Reader reader) : event_bus_(&event_bus) {
    if (is_ended(reader)) reader.changed = [] {};   // an empty function marks an ended entry
    entry_ = event_bus.readers_.insert(event_bus.readers_.end(), std::move(reader));
}

EventBus::Subscription::Subscription(Subscription&& other) noexcept
    : event_bus_(std::exchange(other.event_bus_, nullptr)), entry_(other.entry_) {}

EventBus::Subscription& EventBus::Subscription::operator=(Subscription&& other) noexcept {
    if (this != &other) {
        end();
        event_bus_ = std::exchange(other.event_bus_, nullptr);
        entry_ = other.entry_;
    }
    return *this;
}

EventBus::Subscription::~Subscription() { end(); }

void EventBus::Subscription::end() {
    if (event_bus_ == nullptr) return;
    auto& event_bus = *std::exchange(event_bus_, nullptr);
    if (event_bus.calling_ == 0) {
        event_bus.readers_.erase(entry_);
        return;
    }
    *entry_ = Reader{};
    event_bus.ended_some_ = true;
}

void EventBus::changed() { call_all(readers_, calling_, ended_some_, &Reader::changed); }

void EventBus::event(std::uint64_t sequence, std::string_view line) {
    call_all(readers_, calling_, ended_some_, &Reader::event, sequence, line);
}

void EventBus::output(std::string_view worker) { call_all(readers_, calling_, ended_some_, &Reader::output, worker); }

}   // namespace talos::api
