#include "reference/value_schema.hpp"

#include <boost/json.hpp>
#include <limits>
#include <stdexcept>

namespace talos::reference {
namespace {

namespace json = boost::json;
namespace codec = config::codec;

constexpr std::string_view units = "(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$";

json::object schema_of(const std::monostate&) { return {}; }

json::object schema_of(const codec::Bool&) { return {{"type", "boolean"}}; }

/// At least 1 ms: some digit is not 0. At least 10^n ms: nor does it have so few digits.
json::object schema_of(const codec::Duration& duration) {
    const auto least = duration.least.count();
    if (least == 0) return {{"$ref", "#/$defs/duration"}};
    std::string pattern = "^(?=.*[1-9])";
    if (least == 10) pattern += "(?!0*[0-9]ms$)";
    else if (least != 1)
        throw std::logic_error("no pattern is known for a duration of at least " + std::to_string(least) + " ms");
    return {{"type", "string"}, {"pattern", pattern.append(units)}};
}

/// From 1 KiB on, or from 1 KiB to 1 MiB.
template <class Bytes>
json::object schema_of(const codec::Size<Bytes>& size) {
    constexpr std::string_view from_1024 =
        "^(?:0*[1-9][0-9]*(?:KiB|MiB|GiB)|0*(?:102[4-9]|10[3-9][0-9]|1[1-9][0-9]{2}|[2-9][0-9]{3}|[1-9][0-9]{4,})B)$";
    constexpr std::string_view to_1_mib = "^0*(?:1MiB|(?:[1-9][0-9]{0,2}|10[01][0-9]|102[0-4])KiB|(?:102[4-9]|10[3-9][0-9]|1[1-9]"
                                          "[0-9]{2}|[2-9][0-9]{3}|[1-9][0-9]{4,5}|"
                                          "10[0-3][0-9]{4}|104[0-7][0-9]{3}|1048[0-4][0-9]{2}|10485[0-6][0-9]|104857[0-6])B)$";
    const bool open = size.most == std::numeric_limits<Bytes>::max();
    if (size.least != 1024 || (!open && size.most != 1u << 20))
        throw std::logic_error("no pattern is known for sizes of that range");
    return {{"type", "string"}, {"pattern", open ? from_1024 : to_1_mib}};
}

template <class Integer>
json::object integer(Integer least, Integer most) {
    return {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
}

json::object schema_of(const codec::Whole& whole) { return integer(whole.least, whole.most); }

json::object schema_of(const codec::OptionalWhole& whole) { return integer(whole.least, whole.most); }

json::object schema_of(const codec::Number& number) {
    json::object schema{{"type", "number"}, {"minimum", number.least}};
    if (number.most != std::numeric_limits<double>::max()) schema["maximum"] = number.most;
    return schema;
}

json::object schema_of(const codec::Signal&) { return {{"$ref", "#/$defs/signal"}}; }

json::object schema_of(const codec::Name&) { return {{"type", "string"}, {"pattern", "^[^\\u0000]+$"}}; }

template <class Bits>
json::object schema_of(const codec::Octal<Bits>& octal) {
    if (octal.most != 0777 && octal.most != 07777) throw std::logic_error("no pattern is known for octal digits of that range");
    return {{"type", "string"}, {"pattern", octal.most == 0777 ? "^0[0-7]{3}$" : "^[0-7]{4}$"}};
}

json::object schema_of(const codec::Words& words) {
    json::array list;
    for (const auto word : words.words) list.emplace_back(word);
    return {{"enum", list}};
}

}   // namespace

json::object value_schema(const config::Codec& codec) {
    return std::visit([](const auto& one) { return schema_of(one); }, codec);
}

}   // namespace talos::reference
