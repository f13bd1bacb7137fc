#pragma once

/// The texts of `--help`. CLI11 prints the footers below its list of options.
namespace talos::cli::help {

struct VerbHelp {
    const char* name;
    const char* line;   ///< for the list of verbs
    const char* footer;
};

inline constexpr const char* summary = "talosctl controls and queries talosd, the process supervisor.";

inline constexpr const char* footer =
    "Aliases of verbs: ps, ls (status), tail (logs -f), up (start), down (stop), help [VERB or PAGE], version.\n"
    "Pages of the manual: talosctl help talosd, talosctl, talos.json, talos-api or talos-logs.\n"
    "\n"
    "talosctl finds talosd by its data directory, the first of: --data-dir, $TALOS_DATA_DIR, `dataDir` of the config,\n"
    "/var/lib/talos for a config in /etc, $XDG_STATE_HOME/talos for a config in $XDG_CONFIG_HOME (~/.config), .talos\n"
    "next to the config, ./.talos without a config. The config is the first of: --config, $TALOS_CONFIG,\n"
    "./talos.json, $XDG_CONFIG_HOME/talos/talos.json, /etc/talos/talos.json.\n"
    "\n"
    "Exit codes: 0 success, 1 failure, 2 usage error, 3 talosd is not running, 4 no permission or the state cannot be\n"
    "determined, 5 no such worker, 7 talosd is not running (commands on workers), 99 timed out, 128 + N interrupted by\n"
    "signal N. For the exit codes of each verb: talosctl VERB --help";

inline constexpr const char* globals = "\n\nGlobal options, before or after the verb: --config FILE, --data-dir DIR, "
                                       "--trust-owner USER, --json, --color WHEN (see talosctl --help).";

inline constexpr VerbHelp verbs[] = {
    {"start", "start talosd in the background, or start workers",
     "Without workers: starts talosd in the background and returns once it is ready. Its output goes to daemon.log in the\n"
     "data directory. Reports the workers that have failed by then. With --wait it waits until all workers are up, and\n"
     "fails if one has failed. With workers (names, patterns such as web*, or `all`): talosd starts them, and talosctl\n"
     "waits until they are running. The default time limit is what their config allows, at least 30s. Ctrl-C ends the\n"
     "wait, not the start. A completed oneshot is started again only by its own name, not by patterns, `all` or groups.\n"
     "\n"
     "Exit codes: 0 started or already running, 1 start failed or timed out, 4 no permission, 5 no such worker, 7 with\n"
     "workers: talosd is not running."},
    {"stop", "stop talosd and all workers, or stop workers",
     "Without workers: stops talosd and waits until talosd and all its workers have exited. After the timeout talosd gets\n"
     "SIGKILL, and talosctl ends the leftover processes by the stop plans of their workers. With workers: talosd stops\n"
     "them, and talosctl waits until they are stopped. DURATION: 30s, 1m30s, 250ms. Ctrl-C ends the wait, not the stop.\n"
     "\n"
     "Exit codes: 0 stopped or not running, 1 failed or timed out, 4 no permission or the state cannot be determined, 5 no\n"
     "such worker, 7 with workers: talosd is not running."},
    {"restart", "restart talosd, or restart workers",
     "Without workers: stops talosd, then starts it. The config is checked first: if it is invalid, nothing is stopped.\n"
     "Without --config, the config of the running talosd is used. With workers: talosd restarts them, and talosctl waits\n"
     "until they are running again. A running worker is not restarted while a dependency is missing, unless the dependency\n"
     "is restarted with it. Patterns, `all` and groups skip a completed oneshot. With --rolling, workers are restarted one\n"
     "after the other, each once the one before is up; if a worker does not come up, the remaining ones are not restarted.\n"
     "\n"
     "Exit codes: 0 restarted, 1 failed or timed out, 4 no permission, 5 no such worker, 7 with workers: talosd is not\n"
     "running."},
    {"status", "show talosd and its workers",
     "WORKER is a name, a pattern (web*) or `all`. --json prints status.json plus `running` and `uptime` (ms); exactly\n"
     "{\"running\": false} if talosd is not running, plus \"stale\": true after a crash. --watch updates the output on\n"
     "every change until Ctrl-C; with --json it prints one document per line. --tree shows the dependencies below each\n"
     "worker. --wide adds the resident memory and the CPU time of each worker's processes. --names prints the workers'\n"
     "names, from the config if talosd is not running.\n"
     "\n"
     "Exit codes: 0 talosd is running, 1 talosd has crashed and its PID file exists, 3 talosd is not running, 4 the state\n"
     "cannot be determined. With workers: 0 all are running, 3 not all, 5 no such worker."},
    {"logs", "show the output of workers",
     "WORKER is a name, a pattern (web*) or `all`, the default. Several logs are merged by time, with a prefix per worker.\n"
     "TIME is a duration before now (10m), a time with a zone (2026-01-29T00:31:10Z), or a local time (2026-01-29 00:31,\n"
     "2026-01-29, or 00:31 for today). REGEX (RE2 syntax) is matched against a line's text without its timestamp. -n\n"
     "counts the lines that the other options select. --runs prints a line such as `── run 3, pid 4711, 14:02:11 ──` where\n"
     "a run begins; the runs come from the history. A raw log has neither timestamps nor streams: --since, --until and\n"
     "--stream exclude it with a note, and --timestamps shows the arrival of its new lines. --json prints an array; with\n"
     "--follow, one object per line. Formats, rotation and reading: talosctl help talos-logs.\n"
     "\n"
     "Exit codes: 0 shown, 1 a log could not be read, 2 invalid REGEX or TIME, 4 no permission, 5 no such worker."},
    {"events", "show the history: transitions, exits, commands",
     "Shows the last 50 events, or all events since TIME (as for logs: 10m, 2026-01-29 00:31) or after a sequence. --json\n"
     "prints an array; with --follow, one object per line.\n"
     "\n"
     "Exit codes: 0 shown, 1 the history could not be read, 4 no permission."},
    {"why", "explain why a worker is not up, or how it last ended",
     "Shows the state, the last exit, the last lines of output, the number of failures, the next start, and the client\n"
     "that sent the last command. For a waiting worker: its dependencies, down to the one that is the cause. Without\n"
     "WORKER: every worker that is not in its wanted state; this needs a running talosd.\n"
     "\n"
     "Exit codes: 0 explained, 3 without WORKER: talosd is not running, 4 no permission, 5 no such worker."},
    {"config", "show the effective config",
     "Values of `env` are masked. --running prints the config that talosd has loaded, which may differ from the file; it\n"
     "requires control of all workers. --graph prints the dependencies for Graphviz or Mermaid. The keys of the config:\n"
     "talosctl help talos.json.\n"
     "\n"
     "Exit codes: 0 valid, 1 no config or errors in it, 4 no permission, 7 with --running: talosd is not running."},
    {"wait", "wait until workers reach a state",
     "STATE: stopped, starting, running, backoff, stopping, exited or fatal; or healthy, for workers with `health`. With\n"
     "several workers, each must reach the state, but not at the same time.\n"
     "\n"
     "Exit codes: 0 reached, 1 cannot be reached any more (fatal, disabled; for `running` and `healthy` also exited), 3\n"
     "talosd is not running, 4 the state cannot be determined, 5 no such worker, 99 timed out."},
    {"signal", "send a signal to workers",
     "Sends the signal to the workers' process groups. If talosd's control socket cannot be reached, talosctl sends it\n"
     "directly to their main processes.\n"
     "\n"
     "Exit codes: 0 sent, 1 not sent to all, 4 no permission, 5 no such worker, 7 talosd is not running."},
    {"scale", "change the number of a worker's instances",
     "WORKER has \"instances\" in the config. `talosctl scale web=4` starts the missing ones of web-1 to web-4, and stops\n"
     "and removes those with higher numbers; the others are not changed. talosctl waits until the new ones are running and\n"
     "the surplus ones are removed. The default time limit is what their config allows, at least 30s. Ctrl-C ends the\n"
     "wait, not the change. The next reload or restart of talosd restores the config's number. --save keeps the number\n"
     "across both, in the data directory. `talosctl scale web=config` removes a saved number and returns to the config's\n"
     "number. `status` shows saved numbers.\n"
     "\n"
     "Exit codes: 0 done, 1 refused, failed or timed out, 4 no permission, 5 no such worker, 7 talosd is not running."},
    {"reset", "reset the failure count of workers",
     "The next failure counts as the first: for the delay before the next start, and for `limit` within `window`. A delay\n"
     "in progress continues. A fatal worker stays fatal until it is started. The number of restarts is kept.\n"
     "\n"
     "Exit codes: 0 done, 1 not done for all, 4 no permission, 5 no such worker, 7 talosd is not running."},
    {"disable", "stop workers and prevent automatic starts",
     "Stops workers as `stop` does. After that only `talosctl start W` starts them, once. A start of talosd, a reload, a\n"
     "pattern, `all` and a dependent worker do not start them; the dependent worker waits. `talosctl enable W` reverses\n"
     "it. The setting is kept in the data directory, and `status` shows it.\n"
     "\n"
     "Exit codes: 0 disabled and stopped, 1 failed or timed out, 4 no permission, 5 no such worker, 7 talosd is not\n"
     "running."},
    {"enable", "allow automatic starts again after `disable`",
     "Starts nothing. `talosctl start W` or the next start of talosd starts the worker.\n"
     "\n"
     "Exit codes: 0 enabled, 1 not all, 4 no permission, 5 no such worker, 7 talosd is not running."},
    {"pause", "suspend workers' processes with SIGSTOP, until `resume`",
     "Suspends all processes of the workers. Their probes, watchdog and start timeouts are suspended, too. `status` shows\n"
     "`paused`, also for a worker that another process has suspended. stop and restart resume it first.\n"
     "\n"
     "Exit codes: 0 paused, 1 not all (a worker without a process), 4 no permission, 5 no such worker, 7 talosd is not\n"
     "running."},
    {"resume", "continue paused workers with SIGCONT",
     "Continues all processes of the workers, no matter which process suspended them.\n"
     "\n"
     "Exit codes: 0 resumed, 1 not all (a worker without a process), 4 no permission, 5 no such worker, 7 talosd is not\n"
     "running."},
    {"rotate", "rotate workers' logs now",
     "Rotates each log as if it had reached its size limit. A log with an unfinished last line is rotated once the line is\n"
     "complete. An empty log is not rotated. With \"keep\": 0 the log is emptied.\n"
     "\n"
     "Exit codes: 0 rotated, 1 not all, 4 no permission, 5 no such worker, 7 talosd is not running."},
    {"reload", "apply a changed config, or make workers reload theirs",
     "talosd reads its config again and applies the changes: + added, - removed, ~ changed with its keys. A changed key is\n"
     "applied immediately (live) or by restarting the worker (restart). Workers restart one after the other, each once the\n"
     "one before is up. Unchanged workers are not touched, except those that `onFailure` stops or restarts together with a\n"
     "restarted one: the plan lists them. A config with errors changes nothing. --dry-run shows old and new values; values\n"
     "of `env` and of HTTP headers are masked. With workers: performs the action in their `reload` key, a signal or a\n"
     "command, and waits until they have completed it. Their command and process stay the same.\n"
     "\n"
     "Exit codes: 0 applied, or shown with --dry-run, 1 errors in the config, failed or timed out, 4 no permission, 5 no\n"
     "such worker, 7 talosd is not running."},
    {"diff", "show what a reload would change",
     "The same as `talosctl reload --dry-run`: + added, - removed, ~ changed with the old and new value of each key, and\n"
     "whether it is applied immediately (live) or by restarting the worker (restart). Changes nothing.\n"
     "\n"
     "Exit codes: 0 shown, 1 errors in the config, 4 no permission, 7 talosd is not running."},
};

}   // namespace talos::cli::help
