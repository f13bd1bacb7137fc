#pragma once
#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/array.hpp>
#include <string>

/// What tests of the verbs ask a talosd and its workers.
namespace talos::test {

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline boost::json::object row(const Daemon& daemon, const std::string& name) {
    const auto document = daemon.status();
    if (document)
        for (const auto& worker : document->at("workers").as_array())
            if (worker.at("name").as_string() == name) return worker.as_object();
    return {};
}

inline bool says(const Daemon& daemon, const std::string& name, const char* key) {
    const auto worker = row(daemon, name);
    return worker.contains(key) && worker.at(key).as_bool();
}

/// R, S, T, …
inline char state_of(pid_t pid) {
    const auto stat = read_text("/proc/" + std::to_string(pid) + "/stat");
    const auto end = stat.rfind(')');
    return end != std::string::npos && end + 2 < stat.size() ? stat[end + 2] : '?';
}

inline bool stands_still(pid_t pid) {
    return eventually([&] { return state_of(pid) == 'T'; });
}

inline bool runs(pid_t pid) {
    return eventually([&] { return state_of(pid) != 'T' && state_of(pid) != '?'; });
}

inline pid_t child_in(const Daemon& daemon, const std::string& file) {
    REQUIRE(eventually([&] { return !read_text(daemon.path(file)).empty() && read_text(daemon.path(file)).back() == '\n'; }));
    return std::stoi(read_text(daemon.path(file)));
}

inline int count_events(const Daemon& daemon, const std::string& worker, const std::string& cause) {
    int count = 0;
    for (const auto& event : daemon.events())
        count += event.contains("worker") && event.at("worker").as_string() == worker && event.at("cause").as_string() == cause;
    return count;
}

}   // namespace talos::test
