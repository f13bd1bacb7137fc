#pragma once

/// What `--help` says. The footers are shown below CLI11's list of options.
namespace talos::cli::help {

struct VerbHelp {
    const char* name;
    const char* line;   ///< for the list of verbs
    const char* footer;
};

inline constexpr const char* summary = "talosctl starts, stops and questions talosd, the supervisor.";

inline constexpr const char* footer =
    "Other words for verbs: ps, ls (status), tail (logs -f), up (start), down (stop), help [VERB or PAGE], version.\n"
    "Pages of the manual: talosctl help talosd, talosctl, talos.json, talos-api or talos-logs.\n"
    "\n"
    "The daemon is found by its data directory: --data-dir, else $TALOS_DATA_DIR, else `dataDir` of the config, else\n"
    "/var/lib/talos for a config under /etc, $XDG_STATE_HOME/talos for one under $XDG_CONFIG_HOME (~/.config), else .talos "
    "beside\n"
    "the config, or ./.talos without one. The config: --config, else $TALOS_CONFIG, else ./talos.json,\n"
    "else $XDG_CONFIG_HOME/talos/talos.json, else /etc/talos/talos.json.\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 talosd does not run, 4 no permission or it cannot be told,\n"
    "5 no such worker, 7 talosd does not run (commands to workers), 99 timed out, 128 + N interrupted by signal N.\n"
    "Each verb's own: talosctl VERB --help";

inline constexpr const char* globals = "\n\nBesides, before or after the verb: --config FILE, --data-dir DIR, --trust-owner "
                                       "USER, --json, --color WHEN (see talosctl --help).";

inline constexpr VerbHelp verbs[] = {
    {"start", "start talosd in the background, or workers",
     "Without workers: starts talosd detached and returns once it is up; what it writes goes to daemon.log in the data\n"
     "directory. Says which workers have failed by then; with --wait it waits until all are up, and fails when one has failed.\n"
     "With workers (names, patterns such as web*, or `all`): asks the running talosd to start them and waits until\n"
     "they are running; as long as their plans take, at least 30s. Ctrl-C ends the wait, not the start. Patterns, `all` and\n"
     "groups leave a oneshot that is done alone: its own name runs it again.\n"
     "\n"
     "Exit codes: 0 started or already running, 1 it could not be started or not in time, 4 no permission,\n"
     "5 no such worker, 7 workers: talosd does not run."},
    {"stop", "stop talosd and everything under it, or workers",
     "Without workers: asks talosd to stop, waits until it and all of its workers are gone. After the timeout it is killed, and\n"
     "what it left is ended by the workers' own stop plans. With workers: asks talosd to stop them and waits until they are\n"
     "stopped. DURATION: 30s, 1m30s, 250ms. Ctrl-C ends the wait, not the stop.\n"
     "\n"
     "Exit codes: 0 stopped, also when nothing ran, 1 failed or not in time, 4 no permission or it cannot be told who runs,\n"
     "5 no such worker, 7 workers: talosd does not run."},
    {"restart", "restart talosd, or workers",
     "Without workers: stop, then start. The config is checked first: with a broken one nothing is stopped. Without --config\n"
     "it is the config that the running talosd was started with. With workers: asks talosd to restart them and waits until they\n"
     "run again. One that runs is not restarted while what it depends on is not there, unless that is restarted with it.\n"
     "Patterns, `all` and groups leave a oneshot that is done alone. With --rolling they are restarted one after the other, the\n"
     "next one once the last one is up; when one does not come up, the others run on.\n"
     "\n"
     "Exit codes: 0 restarted, 1 failed or not in time, 4 no permission, 5 no such worker, 7 workers: talosd does not run."},
    {"status", "show talosd and its workers",
     "WORKER is a name, a pattern (web*) or `all`. --json prints status.json plus `running` and `uptime` (ms); exactly\n"
     "{\"running\": false} when talosd is down, plus \"stale\": true after a crash. --watch shows every change until Ctrl-C;\n"
     "with --json it prints one document a line. --tree shows below each worker those that it depends on.\n"
     "--wide adds the resident memory and the CPU time of each worker's processes. --names prints the workers' names, of the "
     "config when talosd does not run.\n"
     "\n"
     "Exit codes: 0 talosd runs, 1 it died and left its PID file, 3 it does not run, 4 it cannot be told.\n"
     "With workers: 0 all of them are running, 3 not all, 5 no such worker."},
    {"logs", "show what workers wrote",
     "WORKER is a name, a pattern (web*) or `all`, which is the default. Several are merged by time, one prefix each.\n"
     "TIME is a duration before now (10m), a time with its zone (2026-01-29T00:31:10Z) or of the local clock (2026-01-29 00:31,\n"
     "2026-01-29, today's 00:31). REGEX is looked for in a line's text, without its stamp (RE2 syntax). -n counts the lines\n"
     "that the other options leave. --runs prints a line such as `── run 3, pid 4711, 14:02:11 ──` where a run begins, by the\n"
     "history. A raw log has neither times nor streams: --since, --until and --stream leave it out and say so, and --timestamps\n"
     "shows when its new lines arrive. With --json it prints an array, with --json --follow one object a line.\n"
     "Formats, rotation and reading: talosctl help talos-logs.\n"
     "\n"
     "Exit codes: 0 shown, 1 a log could not be read, 2 REGEX or a TIME is wrong, 4 no permission, 5 no such worker."},
    {"events", "show the history: transitions, exits, commands",
     "The last 50, or all of them since TIME (as for logs: 10m, 2026-01-29 00:31) or behind a sequence. With --json it prints "
     "an\n"
     "array, with --json --follow one object a line.\n"
     "\n"
     "Exit codes: 0 shown, 1 the history could not be read, 4 no permission."},
    {"why", "explain in plain words why a worker is not up, or how it last ended",
     "With the client that gave the last command, the last lines that the worker wrote, how often it failed, and when it starts\n"
     "again. For a worker that waits: what its dependencies wait for, down to the worker that is the cause. Without WORKER: "
     "every\n"
     "worker that is not as wanted; this needs a running talosd.\n"
     "\n"
     "Exit codes: 0 explained, 3 without WORKER: talosd does not run, 4 no permission, 5 no such worker."},
    {"config", "show the effective config",
     "Values of `env` are masked. --running prints what talosd runs with, which an edited file does not say; this needs control "
     "of\n"
     "all workers. --graph prints the dependencies for Graphviz or Mermaid.\n"
     "The keys of the config: talosctl help talos.json.\n"
     "\n"
     "Exit codes: 0 fine, 1 there is no config or it has errors, 4 no permission, 7 --running: talosd does not run."},
    {"wait", "wait until workers reach a state",
     "STATE: stopped, starting, running, backoff, stopping, exited or fatal; or healthy, for workers with `health`. Several\n"
     "workers: all of them, not necessarily at the same time.\n"
     "\n"
     "Exit codes: 0 reached, 1 it will not be reached (fatal, disabled; for `running` and `healthy` also exited), 3 talosd does "
     "not run,\n"
     "4 it cannot be told, 5 no such worker, 99 timed out."},
    {"signal", "send a signal to workers",
     "To the workers' process groups. Where talosd's control socket cannot be reached, to their main processes directly.\n"
     "\n"
     "Exit codes: 0 sent, 1 not to all, 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"scale", "change the number of a worker's instances",
     "WORKER has \"instances\" in the config: `talosctl scale web=4` starts what is missing of web-1 to web-4 and stops and "
     "removes\n"
     "those with higher numbers; the others are not touched. Waits until they are running, or gone; as long as their plans "
     "take,\n"
     "at least 30s. Ctrl-C ends the wait, not the change. The next reload, or start of talosd, brings the config's number back.\n"
     "--save keeps the number across both, in the data directory; `talosctl scale web=config` removes it, and lets there be as "
     "many\n"
     "as the config says. `status` shows a saved number.\n"
     "\n"
     "Exit codes: 0 done, 1 refused, or not all of it in time, 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"reset", "forget the failures of workers",
     "The next failure counts as the first: for the delay before the next start, and for `limit` within `window`. A delay that\n"
     "runs goes on; a worker that is fatal stays so until it is started. The number of restarts is kept.\n"
     "\n"
     "Exit codes: 0 done, 1 not for all, 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"disable", "stop workers for good",
     "Stops them as `stop` does, and nothing but `talosctl start W` starts them from then on (once): no start of talosd, no "
     "reload,\n"
     "no worker that depends on them, which waits and says so, and no pattern or `all`. `talosctl enable W` takes it back. It "
     "is\n"
     "kept in the data directory, and `status` shows it.\n"
     "\n"
     "Exit codes: 0 disabled and stopped, 1 failed or not in time, 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"enable", "take `disable` back",
     "Starts nothing: `talosctl start W` does, or the next start of talosd.\n"
     "\n"
     "Exit codes: 0 enabled, 1 not all, 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"pause", "stop workers' processes with SIGSTOP, until `resume`",
     "All processes of the workers stand still. Probes, the watchdog and the times to become up or ready stand still with them.\n"
     "`status` shows `paused`, also for a worker that another process has stopped. stop and restart continue it first.\n"
     "\n"
     "Exit codes: 0 paused, 1 not all (one that has no process), 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"resume", "continue paused workers with SIGCONT",
     "All of their processes, whoever has stopped them.\n"
     "\n"
     "Exit codes: 0 resumed, 1 not all (one that has no process), 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"rotate", "rotate workers' logs now",
     "As when one has reached its size; one whose last line is not finished, once it is. An empty one is not rotated. With\n"
     "\"keep\": 0 it is emptied.\n"
     "\n"
     "Exit codes: 0 rotated, 1 not all, 4 no permission, 5 no such worker, 7 talosd does not run."},
    {"reload", "apply a changed config, or let workers read theirs",
     "talosd reads its config again and applies the difference: + added, - removed, ~ changed with the keys, each applied at\n"
     "once (live) or by restarting the worker (restart), one worker after the other: the next one\n"
     "once the last one is up. Unchanged workers are not touched, but for those that stop or restart with one that is "
     "restarted,\n"
     "by `onFailure`: the plan lists them. A config\n"
     "with errors changes nothing. --dry-run shows old and new values; those of `env` and of HTTP headers are masked. With "
     "workers:\n"
     "does what their key `reload` says, a signal or a command, and waits until they are done with it; their command and process "
     "stay.\n"
     "\n"
     "Exit codes: 0 applied, or with --dry-run shown, 1 it has errors, or not everything came up in time, 4 no permission,\n"
     "5 no such worker, 7 talosd does not run."},
    {"diff", "show what a reload would change",
     "The same as `talosctl reload --dry-run`: + added, - removed, ~ changed with each key, its old and its new value, and "
     "whether\n"
     "it is applied at once (live) or by restarting the worker (restart). Changes nothing.\n"
     "\n"
     "Exit codes: 0 shown, 1 the config has errors, 4 no permission, 7 talosd does not run."},
};

}   // namespace talos::cli::help
