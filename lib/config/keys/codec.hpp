// config/keys: What a row of a key table is: name, codec, range, member, live or not; reading, showing and comparing by rows.
// A codec is a type of value; a key without one has functions of its own.
// Begin with keys.hpp and codec.hpp.
#pragma once
#include "config/reader/reader.hpp"
#include "core/time.hpp"
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// How the value of a key is written in the config. Each codec names the type of the member that it reads and shows.
namespace talos::config::codec {

struct Bool {
    using Value = bool;
};

/// `"1m30s"`
struct Duration {
    using Value = Millis;
    Millis least{0};
};

/// `"10MiB"`; the member holds bytes.
template <class Bytes>
struct Size {
    using Value = Bytes;
    Bytes least = 0;
    Bytes most = std::numeric_limits<Bytes>::max();
};

struct Whole {
    using Value = std::uint32_t;
    std::uint32_t least = 0;
    std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
};

/// Without a default: absent means that talosd's own value stays.
struct OptionalWhole {
    using Value = std::optional<std::int32_t>;
    std::int32_t least = 0;
    std::int32_t most = 0;
};

struct Number {
    using Value = double;
    double least = 0;
    double most = std::numeric_limits<double>::max();
};

/// `"SIGTERM"`, `"15"`
struct Signal {
    using Value = int;
};

/// A string that is not empty.
struct Name {
    using Value = std::string;
    std::string_view expectation;   ///< for the finding: `the name or number of a user, as a string`
};

/// Four octal digits, up to `most`. An absent optional value means that talosd's own stays.
template <class Bits>
struct Octal {
    using Value = Bits;
    std::uint32_t most = 07777;
    std::string_view expectation;   ///< for the finding: `a mode of four octal digits like "0750"`
};

/// The words for the enumerators of an enum, in their order, which begins at 0 and has no gaps. The enum is one byte long.
struct Words {
    std::span<const std::string_view> words;
};

template <class Enum>
struct Enumeration {
    using Value = Enum;
    std::span<const std::string_view> words;
    static_assert(sizeof(Enum) == 1);

    [[nodiscard]] constexpr std::string_view operator()(Enum value) const { return words[static_cast<std::size_t>(value)]; }
    constexpr operator Words() const { return {words}; }
};

}   // namespace talos::config::codec

namespace talos::config {

/// Monostate: the key has functions of its own.
using Codec = std::variant<std::monostate, codec::Bool, codec::Duration, codec::Size<std::uint64_t>, codec::Size<std::uint32_t>,
                           codec::Whole, codec::OptionalWhole, codec::Number, codec::Signal, codec::Name,
                           codec::Octal<std::uint32_t>, codec::Octal<std::optional<std::uint32_t>>, codec::Words>;

/// `target`, `value`, `a`, `b` and `from` point to objects of the codec's Value. None of these is for a monostate.
void read_value(const Codec& codec, Reader& reader, const Node& node, void* target);
/// In JSON; empty for an optional value that is absent.
[[nodiscard]] std::string show_value(const Codec& codec, const void* value);
[[nodiscard]] bool same_value(const Codec& codec, const void* a, const void* b);
void take_value(const Codec& codec, void* target, const void* from);

/// A word of an enum; `or_else` names what else the node may be, for the finding.
template <class Enum>
void read_word(Reader& reader, const Node& node, const codec::Enumeration<Enum>& enumeration, Enum& target,
               std::string_view or_else = {}) {
    if (const auto index = reader.word(node, enumeration.words, or_else)) target = static_cast<Enum>(*index);
}

}   // namespace talos::config
