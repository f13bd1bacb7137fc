#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <string_view>
#include <utility>

namespace talos::api {

/// Where the supervisor pins what is new, for connections that wait. Costs a look at an empty list while nobody does.
/// Callbacks must not wait, and may end subscriptions, their own included.
class EventBus {
public:
    struct Reader {
        std::function<void()> changed;   ///< end of a turn in which anything changed
        std::function<void(std::uint64_t sequence, std::string_view line)>
            event;                                             ///< a line of events.jsonl, without its newline
        std::function<void(std::string_view worker)> output;   ///< something new stands in the worker's log
    };

    /// Reads the board for as long as it lives.
    class Subscription {
    public:
        Subscription() = default;
        Subscription(EventBus& event_bus, Reader reader);
        Subscription(Subscription&& other) noexcept;
        Subscription& operator=(Subscription&& other) noexcept;
        ~Subscription();

    private:
        void end();
        EventBus* event_bus_ = nullptr;
        std::list<Reader>::iterator entry_{};
    };

    void changed();
    void event(std::uint64_t sequence, std::string_view line);
    void output(std::string_view worker);
    [[nodiscard]] bool read() const { return !readers_.empty(); }

private:
    std::list<Reader> readers_;
    unsigned calling_ = 0;   // while callbacks run, ended entries are only emptied
    bool ended_some_ = false;
};

}   // namespace talos::api
