#pragma once
#include "system/talos/model_fleet.hpp"
#include "system/talos/model_history.hpp"
#include <boost/json/object.hpp>
#include <optional>
#include <string>

namespace talos::test::model {

/// Whether one result of a command is true, by the history between the question and the answer. `waited`: for as long as it takes.
/// What is wrong, in words.
[[nodiscard]] std::optional<std::string> untrue(const boost::json::object& result, const std::string& verb, bool waited,
                                                const History& history, std::int64_t since, std::int64_t until);

/// Never true, whatever is under way: two main processes of one worker.
[[nodiscard]] std::optional<std::string> two_of_one(const Daemon& daemon);

/// Still on its way to somewhere.
[[nodiscard]] bool moving(const WorkerView& view);

/// What is wrong with workers that have come to rest, by /proc, by the history and by what they are. `applied`: their processes have
/// the config that stands in the file.
[[nodiscard]] std::optional<std::string> wrong_at_rest(const Daemon& daemon, const std::vector<WorkerView>& views,
                                                       const Fleet& fleet, const History& history, bool applied);

}   // namespace talos::test::model
