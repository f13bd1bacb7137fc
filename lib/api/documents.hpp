#pragma once
#include "api/service.hpp"
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The API's documents as text that ends with a newline. Pure. Unknown values are absent, never null.
namespace talos::api {

/// One result for each worker of a command, in the config's order.
using Results = std::vector<std::pair<std::string, Outcome>>;

/// status.json's document plus `"running": true` and `"uptime"`: what `talosctl status --json` prints.
[[nodiscard]] std::string status_document(const state::StatusHead& head, const std::vector<WorkerView>& workers, Millis uptime);

/// {"workers": [row, …]}; a row is that of status.json plus `killAt` while it is being stopped, and `"leaving": true`.
[[nodiscard]] std::string workers_document(const std::vector<WorkerView>& workers);
/// The row without an envelope.
[[nodiscard]] std::string worker_document(const WorkerView& worker);

/// {"worker", "outcome", "state", "pid", "reason"}, one line: also what streams consist of.
[[nodiscard]] std::string result_document(const std::string& worker, const Outcome& outcome);
/// {"results": [result, …]}, with `"configChanged": true` and `"changedFiles"` if the config files have changed and the command
/// used the values loaded before.
[[nodiscard]] std::string results_document(const Results& results, const ConfigChanges& changes = {});
/// The same with `"reached"` in front, for clients that wait: whether every worker has reached its target.
[[nodiscard]] std::string awaited_document(const Results& results, const ConfigChanges& changes = {});

/// {"groups": [{"group", "before", "instances"}, …], "results": [result, …]}, with `"reached"` for clients that wait.
[[nodiscard]] std::string scale_document(const std::vector<ScaleAnswer::Change>& groups, const Results& results, bool awaited);

/// The changes of a reload: `dryRun`, `unchanged`, `daemon`, `workers`; also `reload`, its number, while it is being applied, and
/// `reached` and `results` if the client waited. In a dry run each key has its old and new value, see add_values().
[[nodiscard]] std::string reload_document(const ReloadAnswer& answer, bool dry_run, const Results* awaited = nullptr);

/// {"stopping": true}
[[nodiscard]] std::string shutdown_document();

/// Whether talosd and every worker whose goal is up are ready: `ok`, otherwise one line for each that is not ready.
struct Readiness {
    bool ready = false;
    std::string text;
};
[[nodiscard]] Readiness readiness(const state::StatusHead& head, const std::vector<WorkerView>& workers);

}   // namespace talos::api
