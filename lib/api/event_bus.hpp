#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <string_view>
#include <utility>

namespace talos::api {

/// Through the bus the supervisor notifies waiting connections of changes. Without subscribers a notification only checks an
/// empty list. Callbacks must not block. They may end subscriptions, including their own.
class EventBus {
public:
    struct Reader {
        std::function<void()> changed;   ///< at the end of a turn that changed anything
        std::function<void(std::uint64_t sequence, std::string_view line)>
            event;                                             ///< one line of events.jsonl, without its newline
        std::function<void(std::string_view worker)> output;   ///< the worker's log has new lines
    };

    /// A subscription; it lasts as long as the object.
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
    unsigned calling_ = 0;   // while callbacks run, ended entries are emptied but not erased
    bool ended_some_ = false;
};

}   // namespace talos::api
