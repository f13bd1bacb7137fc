#pragma once
#include "api/service.hpp"
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The API's documents, as text that ends with a newline. Pure. What is not known is absent, never null.
namespace talos::api {

/// Of each worker that a command is about, in the config's order.
using Results = std::vector<std::pair<std::string, Outcome>>;

/// status.json's document plus `"running": true` and `"uptime"`: what `talosctl status --json` prints.
[[nodiscard]] std::string status_document(const state::StatusHead& head, const std::vector<WorkerView>& workers, Millis uptime);

/// {"workers": [row, …]}; a row is that of status.json plus `killAt` while it is being stopped, and `"leaving": true`.
[[nodiscard]] std::string workers_document(const std::vector<WorkerView>& workers);
/// The bare row.
[[nodiscard]] std::string worker_document(const WorkerView& worker);

/// {"worker", "outcome", "state", "pid", "reason"}, one line: also what streams consist of.
[[nodiscard]] std::string result_document(const std::string& worker, const Outcome& outcome);
/// {"results": [result, …]}, with `"configChanged": true` and `"changedFiles"` when the config did, so that other values were used than
/// its files have.
[[nodiscard]] std::string results_document(const Results& results, const ConfigNews& news = {});
/// The same with `"reached"` in front, for whoever waited: whether every one of them was.
[[nodiscard]] std::string awaited_document(const Results& results, const ConfigNews& news = {});

/// {"groups": [{"group", "before", "instances"}, …], "results": [result, …]}, with `"reached"` for whoever waited.
[[nodiscard]] std::string scale_document(const std::vector<ScaleAnswer::Change>& groups, const Results& results, bool awaited);

/// What a reload changes, or would change: `dryRun`, `unchanged`, `daemon`, `workers`; with `reload`, its number, when it is being applied;
/// with `reached` and `results` when the client waited. In a dry run each key has its old and new value, see add_values().
[[nodiscard]] std::string reload_document(const ReloadAnswer& answer, bool dry_run, const Results* awaited = nullptr);

/// {"stopping": true}
[[nodiscard]] std::string shutdown_document();

/// Whether talosd and every worker whose goal is up are ready: `ok`, or a line for each that is not.
struct Readiness {
    bool ready = false;
    std::string text;
};
[[nodiscard]] Readiness readiness(const state::StatusHead& head, const std::vector<WorkerView>& workers);

}   // namespace talos::api
