#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Marks: two variables in the environment of every process that talosd starts. They help to find leftover processes and decide
/// nothing that a process can choose.
namespace talos::posix {

/// The value of `run_variable`: `NUMBER-HASH`, where HASH is SipHash-2-4-128 over worker and number with the secret as key. Only
/// who knows the secret can make one, so the mark of one worker tells nothing about another's, nor about that of its next run.
/// `secret`: 32 hexadecimal digits (status.json's `run`). Empty for any other secret.
[[nodiscard]] std::string make_mark(std::string_view secret, std::string_view worker, std::uint64_t number);

/// The number in a mark that make_mark() gave for this secret and worker; nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> number_of_mark(std::string_view secret, std::string_view worker,
                                                          std::string_view mark);

}   // namespace talos::posix
