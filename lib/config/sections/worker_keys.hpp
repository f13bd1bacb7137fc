#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

/// The keys of a worker, in the order in which they are shown: first `program_keys`, then those of its process, then the others.
namespace talos::config {

/// What is run.
[[nodiscard]] Keys<WorkerSpec> program_keys();
/// From its start to its end.
[[nodiscard]] Keys<WorkerSpec> life_keys();
/// What becomes of it with talosd.
[[nodiscard]] Keys<WorkerSpec> death_keys();
/// After its end, and its output.
[[nodiscard]] Keys<WorkerSpec> end_keys();
/// `notify` of a worker.
[[nodiscard]] Keys<NotifySpec> notify_keys();

/// Whether a worker has a key of that name.
[[nodiscard]] bool is_worker_key(std::string_view name);

/// All keys of the node, whose scope and worker are in `reading`. Not `extends`, `instances`, `env` and `envFile`, which come before.
void read_worker_keys(const Reading& reading, const Node& node, WorkerSpec& worker);

void show_worker(const Showing& showing, const WorkerSpec& worker);

/// The changed keys.
[[nodiscard]] std::vector<KeyChange> compare_workers(const WorkerSpec& a, const WorkerSpec& b);

/// Makes the live keys of `worker` those of `wanted`.
void take_live_worker_keys(WorkerSpec& worker, const WorkerSpec& wanted);

}   // namespace talos::config
