#include "system/talos/health.hpp"

#include "support/catch.hpp"
#include <algorithm>
#include <boost/json/array.hpp>

namespace talos::test {

namespace {

std::string word(const boost::json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : std::string();
}

}   // namespace

HealthView health_of(const Daemon& daemon, const std::string& worker) {
    HealthView view;
    const auto document = daemon.status();
    if (!document) return view;
    for (const auto& row : document->at("workers").as_array()) {
        if (word(row.as_object(), "name") != worker) continue;
        const auto* health = row.as_object().if_contains("health");
        if (health == nullptr) return view;
        const auto& object = health->as_object();
        view = {word(object, "state"), object.at("failures").to_number<std::int64_t>(), word(object, "reason")};
    }
    return view;
}

HealthView await_health(const Daemon& daemon, const std::string& worker, const std::string& state) {
    HealthView view;
    const bool came = eventually([&] {
        view = health_of(daemon, worker);
        return view.state == state;
    });
    INFO(worker << " is " << view.state << ", " << view.reason << ", and not " << state);
    REQUIRE(came);
    return view;
}

int times_told(const Daemon& daemon, const std::string& worker, const std::string& cause) {
    const auto events = daemon.events();
    return static_cast<int>(std::count_if(events.begin(), events.end(), [&](const auto& event) {
        return word(event, "worker") == worker && word(event, "cause") == cause;
    }));
}

}   // namespace talos::test
