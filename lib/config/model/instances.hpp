#pragma once
#include "config/model/model.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Several workers of one pattern: `web` with `"instances": 3` is web-1, web-2 and web-3. Pure.
namespace talos::config {

inline constexpr std::uint32_t most_instances = 1000;

/// The text with the number for each `{index}`. Behind a `$` it stays: `${index}` is a variable's, for a shell.
[[nodiscard]] std::string with_index(std::string_view text, std::uint32_t index);
/// Whether there is one to be filled in.
[[nodiscard]] bool names_index(std::string_view text);

/// A group's name goes with the longest number into a worker's: so long may it be.
inline constexpr std::size_t longest_group_name = 59;

/// `web-2`
[[nodiscard]] std::string instance_name(std::string_view group, std::uint32_t index);
/// `web-{index}`
[[nodiscard]] std::string pattern_name(std::string_view group);
/// The group that a worker of that name is an instance of if there is such a group: `web` of `web-2`. Empty for a name that no instance
/// can have.
[[nodiscard]] std::string_view group_in(std::string_view name);

/// The worker of that number, from 1.
[[nodiscard]] WorkerSpec instance_of(const WorkerSpec& pattern, std::uint32_t index);

/// The numbers that stand for all when it is asked whether so many instances can be: what is made of a number grows with it.
[[nodiscard]] std::vector<std::uint32_t> sample_indices(std::uint32_t count);

/// Why there cannot be so many of a pattern that is right for fewer, as a clause; nothing when there can.
[[nodiscard]] std::optional<std::string> instances_complaint(const WorkerSpec& pattern, std::uint32_t count);

}   // namespace talos::config
