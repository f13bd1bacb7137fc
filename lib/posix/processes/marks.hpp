#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Marks are two variables in the environment of every process that talosd starts. They help to find leftover processes. A
/// process can change its own marks, so they never decide anything to its advantage.
namespace talos::posix {

/// Makes the value of `run_variable`: `NUMBER-HASH`, where HASH is SipHash-2-4-128 over the worker and the number, keyed with the
/// secret. Only a holder of the secret can make one. The mark of one worker reveals nothing about the marks of other workers or
/// of later runs. `secret` must be 32 hexadecimal digits (`run` in status.json); for any other secret the result is empty.
[[nodiscard]] std::string make_mark(std::string_view secret, std::string_view worker, std::uint64_t number);

/// The number in a mark that make_mark() made for this secret and worker; nullopt for any other text.
[[nodiscard]] std::optional<std::uint64_t> number_of_mark(std::string_view secret, std::string_view worker,
                                                          std::string_view mark);

}   // namespace talos::posix
