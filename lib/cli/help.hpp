#pragma once

/// What `--help` says. The footers are shown below CLI11's list of options.
namespace talos::cli::help {

struct VerbHelp {
    const char* name;
    const char* line;  ///< for the list of verbs
    const char* footer;
};

inline constexpr const char* summary = "talosctl starts, stops and questions talosd, the supervisor.";

inline constexpr const char* footer =
    "The daemon is found by its data directory: --data-dir, else $TALOS_DATA_DIR, else `dataDir` of the config, else\n"
    "/var/lib/talos for a config under /etc, else ./.talos. The config: --config, else $TALOS_CONFIG, else ./talos.json,\n"
    "else $XDG_CONFIG_HOME/talos/talos.json, else /etc/talos/talos.json.\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 talosd does not run, 4 no permission or it cannot be told,\n"
    "5 no such worker, 99 timed out. Each verb's own: talosctl VERB --help";

inline constexpr const char* globals =
    "\n\nBesides, before or after the verb: --config FILE, --data-dir DIR, --json, --color WHEN (see talosctl --help).";

inline constexpr VerbHelp verbs[] = {
    {"start", "start talosd in the background",
     "Starts talosd detached and returns once it is up; what it writes goes to daemon.log in the data directory.\n"
     "\n"
     "Exit codes: 0 started or already running, 1 it could not be started, 3 single workers (not possible yet),\n"
     "4 no permission."},
    {"stop", "stop talosd and everything under it",
     "Asks talosd to stop, waits until it and all of its workers are gone. After the timeout it is killed, and what it\n"
     "left is ended by the workers' own stop plans. DURATION: 30s, 1m30s, 250ms.\n"
     "\n"
     "Exit codes: 0 stopped, also when nothing ran, 1 failed, 3 single workers (not possible yet), 4 no permission or it\n"
     "cannot be told who runs."},
    {"restart", "stop talosd, then start it",
     "The config is checked first: with a broken one nothing is stopped. Without --config it is the config that the running\n"
     "talosd was started with.\n"
     "\n"
     "Exit codes: 0 restarted, 1 failed, 3 single workers (not possible yet), 4 no permission."},
    {"status", "show talosd and its workers",
     "WORKER is a name, a pattern (web*) or `all`. --json prints status.json plus `running` and `uptime` (ms); exactly\n"
     "{\"running\": false} when talosd is down, plus \"stale\": true after a crash. --watch shows every change until Ctrl-C;\n"
     "with --json it prints one document a line.\n"
     "\n"
     "Exit codes: 0 talosd runs, 1 it died and left its PID file, 3 it does not run, 4 it cannot be told.\n"
     "With workers: 0 all of them are running, 3 not all, 5 no such worker."},
    {"logs", "show what workers wrote",
     "WORKER is a name, a pattern (web*) or `all`, which is the default. Several are merged by time, one prefix each.\n"
     "\n"
     "Exit codes: 0 shown, 1 a log could not be read, 4 no permission, 5 no such worker."},
    {"events", "show the history: transitions, exits, commands",
     "DURATION: 10m, 2h, 1d. With --json it prints an array, with --json --follow one object a line.\n"
     "\n"
     "Exit codes: 0 shown, 1 the history could not be read, 4 no permission."},
    {"why", "explain a worker's last exit in plain words",
     "Needs no running talosd.\n"
     "\n"
     "Exit codes: 0 explained, 4 no permission, 5 no such worker."},
    {"config", "show the effective config",
     "Values of `env` are masked.\n"
     "\n"
     "Exit codes: 0 fine, 1 there is no config or it has errors, 4 no permission."},
    {"wait", "wait until workers reach a state",
     "STATE: stopped, starting, running, backoff, stopping, exited or fatal. Several workers: all of them, not necessarily at\n"
     "the same time.\n"
     "\n"
     "Exit codes: 0 reached, 1 it will not be reached (fatal; for `running` also exited), 3 talosd does not run,\n"
     "4 it cannot be told, 5 no such worker, 99 timed out."},
    {"signal", "send a signal to workers (not possible yet)", "Exit codes: 3 talosd cannot be asked to do this yet."},
    {"reload", "apply a changed config (not possible yet)", "Exit codes: 3 talosd cannot be asked to do this yet."},
};

}  // namespace talos::cli::help
