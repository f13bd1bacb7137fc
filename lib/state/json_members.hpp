#pragma once
#include "core/time.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

/// Strict reading of JSON documents.
namespace talos::state {

// Some JSON readers lose precision above 2^53. No timestamp or counter of Talos reaches it.
inline constexpr std::uint64_t largest_number = std::uint64_t{1} << 53;
inline constexpr std::uint64_t largest_pid = 4'194'304;   // PID_MAX_LIMIT of the kernel

/// Reads the members of one object. The first error is stored in `failure` with the JSON pointer of the member. After an error,
/// every member reads as empty, so callers need not check after each one.
class Members {
public:
    Members(const boost::json::object& object, std::string where, std::string& failure)
        : object_(object), where_(std::move(where)), failure_(failure) {}

    [[nodiscard]] bool has(std::string_view key) const { return object_.contains(key); }

    std::uint64_t number(std::string_view key, std::uint64_t least, std::uint64_t most) {
        const auto* value = find(key);
        if (value == nullptr) return least;
        std::uint64_t number = 0;
        if (value->is_uint64()) {
            number = value->get_uint64();
        } else if (value->is_int64() && value->get_int64() >= 0) {
            number = static_cast<std::uint64_t>(value->get_int64());
        } else {
            return wrong_number(key, least, most);
        }
        return number >= least && number <= most ? number : wrong_number(key, least, most);
    }

    WallTime time(std::string_view key) { return wall_from_ms(static_cast<std::int64_t>(number(key, 0, largest_number))); }
    Millis duration(std::string_view key) { return Millis{static_cast<Millis::rep>(number(key, 0, largest_number))}; }
    pid_t pid(std::string_view key) { return static_cast<pid_t>(number(key, 1, largest_pid)); }

    std::string text(std::string_view key) {
        const auto* value = find(key);
        if (value == nullptr) return {};
        if (value->is_string()) return std::string(value->get_string().data(), value->get_string().size());
        fail(key, "a string was expected");
        return {};
    }

    std::string text_with_content(std::string_view key) {
        auto value = text(key);
        if (value.empty()) fail(key, "a string that is not empty was expected");
        return value;
    }

    bool flag(std::string_view key) {
        const auto* value = find(key);
        if (value == nullptr) return false;
        if (value->is_bool()) return value->get_bool();
        fail(key, "true or false was expected");
        return false;
    }

    const boost::json::array* list(std::string_view key) {
        const auto* value = find(key);
        if (value == nullptr) return nullptr;
        if (value->is_array()) return &value->get_array();
        fail(key, "an array was expected");
        return nullptr;
    }

    const boost::json::object* object(std::string_view key) {
        const auto* value = find(key);
        if (value == nullptr) return nullptr;
        if (value->is_object()) return &value->get_object();
        fail(key, "an object was expected");
        return nullptr;
    }

    void fail(std::string_view key, const std::string& expectation) {
        if (failure_.empty()) failure_ = where_ + "/" + std::string(key) + ": " + expectation;
    }

    [[nodiscard]] std::string at(std::string_view key) const { return where_ + "/" + std::string(key); }
    [[nodiscard]] std::string& failure() { return failure_; }
    [[nodiscard]] bool failed() const { return !failure_.empty(); }

private:
    const boost::json::value* find(std::string_view key) {
        if (failed()) return nullptr;
        const auto* value = object_.if_contains(key);
        if (value == nullptr) fail(key, "is missing");
        return value;
    }

    std::uint64_t wrong_number(std::string_view key, std::uint64_t least, std::uint64_t most) {
        fail(key, "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " was expected");
        return least;
    }

    const boost::json::object& object_;
    std::string where_;
    std::string& failure_;
};

/// Calls `read` with the members of each element of the array `key`.
template <class Read>
void for_each_object(Members& members, std::string_view key, Read read) {
    const auto* list = members.list(key);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size() && !members.failed(); ++i) {
        const auto& element = (*list)[i];
        const auto index = std::to_string(i);
        if (!element.is_object()) return members.fail(std::string(key) + "/" + index, "an object was expected");
        read(Members(element.get_object(), members.at(key) + "/" + index, members.failure()));
    }
}

}   // namespace talos::state
