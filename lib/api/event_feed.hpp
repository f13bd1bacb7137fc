#pragma once
#include "api/event_bus.hpp"
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace talos::api {

/// One line of the journal as followers receive it.
struct EventMessage {
    std::uint64_t sequence = 0;
    std::string worker;   ///< empty: the line concerns talosd itself
    std::string text;     ///< `id: SEQ`, `data: LINE`, an empty line
};

/// Sequence and worker of a journal line, found without parsing the whole line: in lines that talosd writes, the first `"worker"`
/// is the line's own, since quotes in texts are escaped. Sequence 0: talosd did not write the line.
struct EventKey {
    std::uint64_t sequence = 0;
    std::uint64_t first = 0;   ///< the first lost sequence, for a line that stands for lost ones; otherwise `sequence`
    std::string_view worker;
};
[[nodiscard]] EventKey key_of(std::string_view line);
/// The sequence only; also works on the beginning of a line.
[[nodiscard]] std::uint64_t sequence_of(std::string_view line);

void append_message(std::string& out, std::uint64_t sequence, std::string_view line);

/// The latest lines, shared by all followers. It exists while there are followers. Older lines are read from the file.
class EventFeed {
public:
    /// Keeps at most `bytes` bytes of lines.
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
