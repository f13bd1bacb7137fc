#pragma once
#include "api/event_bus.hpp"
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace talos::api {

/// One line of the journal as followers get it.
struct EventMessage {
    std::uint64_t sequence = 0;
    std::string worker;   ///< empty: about talosd itself
    std::string text;     ///< `id: SEQ`, `data: LINE`, an empty line
};

/// What a journal line says of itself, found without parsing all of it: as talosd writes them, the first `"worker"` is the line's own,
/// since quotes in texts are escaped. Sequence 0: not a line of ours.
struct EventKey {
    std::uint64_t sequence = 0;
    std::uint64_t first = 0;   ///< of a line that stands for lost ones: the first of them; else the sequence
    std::string_view worker;
};
[[nodiscard]] EventKey key_of(std::string_view line);
/// The sequence alone, also of a line's beginning.
[[nodiscard]] std::uint64_t sequence_of(std::string_view line);

void append_message(std::string& out, std::uint64_t sequence, std::string_view line);

/// The latest lines, once for all followers; exists while there is one. Who needs an older one reads it from the file.
class EventFeed {
public:
    /// Keeps at most `bytes` of them.
    EventFeed(EventBus& event_bus, std::size_t bytes);

    using Message = std::shared_ptr<const EventMessage>;
    [[nodiscard]] const std::deque<Message>& messages() const { return messages_; }

private:
    void add(std::uint64_t sequence, std::string_view line);

    std::size_t most_;
    std::size_t bytes_ = 0;
    std::deque<Message> messages_;
    EventBus::Subscription subscription_;
};

}   // namespace talos::api
