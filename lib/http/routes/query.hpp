#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace talos::http {

/// Decodes percent-encoding. `+` is not decoded, so that SIGRTMIN+3 needs no escape. nullopt for a `%` without two hexadecimal
/// digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

/// The text in quotes, shortened, in valid UTF-8: for messages.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Parameters: `name` or `name=value`, joined by `&`. Failures are sentences for the client.
class Query {
public:
    /// Fails for invalid percent-encoding and for a repeated name.
    [[nodiscard]] static Result<Query> parse(std::string_view text);
    /// Fails if there is any other parameter.
    [[nodiscard]] Result<> only(std::initializer_list<std::string_view> names) const;

    /// nullopt if absent.
    [[nodiscard]] const std::string* find(std::string_view name) const;
    /// Absent: false. Empty, `1`, `true`: true. `0`, `false`: false.
    [[nodiscard]] Result<bool> flag(std::string_view name) const;
    [[nodiscard]] Result<std::optional<Millis>> duration(std::string_view name, Millis most) const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t most) const;

private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

/// Decimal digits only, at most `most`.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most);

}   // namespace talos::http
