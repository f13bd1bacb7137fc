#include "config/keys/codec.hpp"

#include "config/keys/octal.hpp"
#include "config/keys/show_writer.hpp"
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "core/size.hpp"

#include <charconv>
#include <type_traits>

namespace talos::config {
namespace {

/// The shortest decimal that is read back as the same number.
std::string decimal(double value) {
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return error == std::errc{} ? std::string(buffer.data(), end) : "0";
}

void read(const codec::Bool&, Reader& reader, const Node& node, bool& target) { reader.boolean(node, target); }

void read(const codec::Duration& codec, Reader& reader, const Node& node, Millis& target) {
    reader.duration(node, target, codec.least);
}

template <class Bytes>
void read(const codec::Size<Bytes>& codec, Reader& reader, const Node& node, Bytes& target) {
    std::uint64_t bytes = target;
    reader.size(node, bytes, codec.least, codec.most);
    target = static_cast<Bytes>(bytes);
}

void read(const codec::Whole& codec, Reader& reader, const Node& node, std::uint32_t& target) {
    if (const auto number = reader.integer(node, codec.least, codec.most)) target = static_cast<std::uint32_t>(*number);
}

void read(const codec::OptionalWhole& codec, Reader& reader, const Node& node, std::optional<std::int32_t>& target) {
    if (const auto number = reader.integer(node, codec.least, codec.most)) target = static_cast<std::int32_t>(*number);
}

void read(const codec::Number& codec, Reader& reader, const Node& node, double& target) {
    const bool open = codec.most == codec::Number{}.most;
    const auto expectation = open ? "a number that is at least " + decimal(codec.least)
                                  : "a number from " + decimal(codec.least) + " to " + decimal(codec.most);
    reader.number(node, target, codec.least, codec.most, expectation);
}

void read(const codec::Signal&, Reader& reader, const Node& node, int& target) { reader.signal(node, target); }

void read(const codec::Name& codec, Reader& reader, const Node& node, std::string& target) {
    const auto* word = reader.text(node, codec.expectation);
    if (word == nullptr) return;
    if (word->empty()) return reader.findings().expected(node, codec.expectation);
    target = *word;
}

template <class Bits>
void read(const codec::Octal<Bits>& codec, Reader& reader, const Node& node, Bits& target) {
    const auto bits = parse_octal(node);
    if (bits && *bits <= codec.most) target = *bits;
    else reader.findings().expected(node, codec.expectation);
}

void read(const codec::Words& codec, Reader& reader, const Node& node, std::uint8_t& target) {
    if (const auto index = reader.word(node, codec.words)) target = static_cast<std::uint8_t>(*index);
}

std::string show(const codec::Bool&, bool value) { return value ? "true" : "false"; }
std::string show(const codec::Duration&, Millis value) { return text(format_duration(value)); }
template <class Bytes>
std::string show(const codec::Size<Bytes>&, Bytes value) {
    return text(format_size(value));
}
std::string show(const codec::Whole&, std::uint32_t value) { return std::to_string(value); }
std::string show(const codec::OptionalWhole&, const std::optional<std::int32_t>& value) {
    return value ? std::to_string(*value) : std::string();
}
std::string show(const codec::Number&, double value) { return decimal(value); }
std::string show(const codec::Signal&, int value) { return text(signal_name(value)); }
std::string show(const codec::Name&, const std::string& value) { return text(value); }
std::string show(const codec::Octal<std::uint32_t>&, std::uint32_t value) { return text(format_octal(value)); }
std::string show(const codec::Octal<std::optional<std::uint32_t>>&, const std::optional<std::uint32_t>& value) {
    return value ? text(format_octal(*value)) : std::string();
}
std::string show(const codec::Words& codec, std::uint8_t value) { return text(codec.words[value]); }

template <class Each>
struct ValueOf {
    using Type = typename Each::Value;
};
template <>
struct ValueOf<codec::Words> {
    using Type = std::uint8_t;   // any enum of one byte
};

/// Calls `use` with the codec and a Value{}, whose type says how to read the pointers.
template <class Use>
void with_type(const Codec& codec, Use use) {
    const auto each = [&](const auto& one) {
        using Each = std::remove_cvref_t<decltype(one)>;
        if constexpr (!std::is_same_v<Each, std::monostate>) use(one, static_cast<typename ValueOf<Each>::Type*>(nullptr));
    };
    std::visit(each, codec);
}

}   // namespace

void read_value(const Codec& codec, Reader& reader, const Node& node, void* target) {
    with_type(codec, [&](const auto& one, auto* type) { read(one, reader, node, *static_cast<decltype(type)>(target)); });
}

std::string show_value(const Codec& codec, const void* value) {
    std::string json;
    with_type(codec,
              [&](const auto& one, auto* type) { json = show(one, *static_cast<decltype(type)>(const_cast<void*>(value))); });
    return json;
}

bool same_value(const Codec& codec, const void* a, const void* b) {
    bool same = true;
    with_type(codec, [&](const auto&, auto* type) {
        using Value = const std::remove_pointer_t<decltype(type)>;
        same = *static_cast<Value*>(a) == *static_cast<Value*>(b);
    });
    return same;
}

void take_value(const Codec& codec, void* target, const void* from) {
    with_type(codec, [&](const auto&, auto* type) {
        using Value = std::remove_pointer_t<decltype(type)>;
        *static_cast<Value*>(target) = *static_cast<const Value*>(from);
    });
}

}   // namespace talos::config
