#include "api/event_bus.hpp"
#include "support/catch.hpp"
#include <memory>
#include <optional>
#include <string>
#include <vector>

using talos::api::EventBus;

namespace {

EventBus::Reader on_change(std::function<void()> changed) {
    EventBus::Reader reader;
    reader.changed = std::move(changed);
    return reader;
}

}   // namespace

TEST_CASE("board: readers get what they asked for, as long as they read") {
    EventBus event_bus;
    std::vector<std::string> seen;
    CHECK_FALSE(event_bus.read());
    {
        EventBus::Reader reader;
        reader.event = [&](std::uint64_t sequence, std::string_view line) {
            seen.push_back(std::to_string(sequence).append(line));
        };
        reader.output = [&](std::string_view worker) { seen.emplace_back(worker); };
        const EventBus::Subscription subscription(event_bus, std::move(reader));
        CHECK(event_bus.read());
        event_bus.changed();
        event_bus.event(7, "{}");
        event_bus.output("web");
    }
    event_bus.event(8, "{}");
    CHECK(seen == std::vector<std::string>{"7{}", "web"});
    CHECK_FALSE(event_bus.read());
}

TEST_CASE("board: a subscription moves with its reader") {
    EventBus event_bus;
    int calls = 0;
    EventBus::Subscription first(event_bus, on_change([&] { ++calls; }));
    EventBus::Subscription second(std::move(first));
    event_bus.changed();
    first = std::move(second);
    event_bus.changed();
    first = {};
    event_bus.changed();
    CHECK(calls == 2);
    CHECK_FALSE(event_bus.read());
}

TEST_CASE("board: a callback may end its own subscription, and go on with what it holds") {
    EventBus event_bus;
    std::optional<EventBus::Subscription> own;
    const auto precious = std::make_shared<std::string>("still here");
    std::string seen;
    own.emplace(event_bus, on_change([&own, &seen, precious] {
                    own.reset();
                    seen = *precious;
                }));
    event_bus.changed();
    CHECK(seen == "still here");
    CHECK_FALSE(event_bus.read());
    CHECK(precious.use_count() == 1);
}

TEST_CASE("board: a callback may end others before and after it, and begin new ones") {
    EventBus event_bus;
    std::vector<std::optional<EventBus::Subscription>> all(4);
    std::string calls;
    all[0].emplace(event_bus, on_change([&] { calls += '0'; }));
    all[1].emplace(event_bus, on_change([&] {
                       calls += '1';
                       all[0].reset();
                       all[2].reset();
                       if (!all[3]) all[3].emplace(event_bus, on_change([&] { calls += '3'; }));
                   }));
    all[2].emplace(event_bus, on_change([&] { calls += '2'; }));
    event_bus.changed();
    CHECK(calls == "01");   // who comes during a call is not part of it
    event_bus.changed();
    CHECK(calls == "0113");
}

TEST_CASE("board: a callback may pin something new itself") {
    EventBus event_bus;
    int events = 0;
    EventBus::Reader reader;
    reader.event = [&](std::uint64_t, std::string_view) { ++events; };
    reader.changed = [&] { event_bus.event(1, "{}"); };
    const EventBus::Subscription subscription(event_bus, std::move(reader));
    event_bus.changed();
    CHECK(events == 1);
}
