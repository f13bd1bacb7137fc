#include "reference/sentences.hpp"

namespace talos::reference {
namespace {

constexpr Sentence sentences[]{
    {"access", "user", "The user that the rule is for. A rule has either `user` or `group`.", {}, "none"},
    {"access", "group", "The group whose members the rule is for.", {}, "none"},
    {"access", "may",
     "`\"read\"`: status, logs and history. `\"control\"` includes `\"read\"`, and also allows start, stop, restart, signals and "
     "the other commands."},
    {"access", "workers",
     "The workers that the rule is for. Only `\"*\"` itself also covers talosd as a whole: history, metrics, the running config, "
     "reload and shutdown."},

    {"restart", "policy",
     "`\"always\"`: restart after every exit. `\"on-failure\"`: unless it exited with code 0. `\"never\"`: no restart."},
    {"restart", "delay",
     "Delay before the restart after the first failure. Consecutive failure n waits `delay` × `factor`^(n−1). `\"0s\"` does not "
     "wait."},
    {"restart", "maxDelay", "Longest delay."},
    {"restart", "factor", "Growth of the delay, see `delay`."},
    {"restart", "jitter", "Share of the delay that varies at random, up and down."},
    {"restart", "resetAfter",
     "A run at least this long does not count as a failure: the worker is restarted at once, and the count of consecutive "
     "failures restarts at 0."},
    {"restart", "limit", "Number of failures within `window` that make the worker `fatal`. 0: no limit."},
    {"restart", "window", "Time within which failures count for `limit`."},

    {"stop", "steps", "Steps in order. SIGKILL always comes last and is not written. `[]`: SIGKILL at once.", "array of objects",
     "`[{\"signal\": \"SIGTERM\", \"wait\": \"30s\"}]`"},
    {"step", "signal", "Sent to the worker's process group."},
    {"step", "wait", "How long to wait before the next step."},

    {"ready", "notify",
     "The worker sends `READY=1` by sd_notify(3) to the socket in `NOTIFY_SOCKET`. See [Notifications](#notifications).",
     "`true`", "none"},
    {"ready", "fd", "The worker writes a newline to descriptor 3, as with s6.", "`3`", "none"},
    {"ready", "log",
     "A line of the worker's output matches, also with `\"log\": \"none\"`. See [Regular expressions](#regular-expressions).",
     "string", "none"},
    {"ready", "timeout",
     "How long the worker may take from its start on. Then talosd stops it by its stop plan, and the start has failed."},
    {"ready", "interval",
     "For `tcp`, `http` and `exec`: time between probes. The first one runs at once, the next ones soon after. A probe may take "
     "`interval`, but at least 5 s; then it has failed, and its program is killed with all its children."},

    {"probe", "tcp",
     "A connection is accepted: `\"127.0.0.1:5432\"`, `\"[::1]:80\"`, `\"db.internal:5432\"`. See [Host names](#host-names).",
     "string", "none"},
    {"probe", "http",
     "A GET is answered with `status`: `\"http://127.0.0.1:8080/health\"`. Interim answers (100, 102, 103) are skipped. The head "
     "of the answer must arrive, at most 64 KiB; the body is not read. Redirects are not followed.",
     "string", "none"},
    {"probe", "status", "For `http`: the statuses that count as success: `\"200-399\"`, `[\"200-299\", 404]`.",
     "whole number, string, or array of both", "`200`"},
    {"probe", "headers",
     "For `http`: headers of the request. They replace those of talosd with the same name (`Host`, `User-Agent`, `Accept`, "
     "`Connection`): `{ \"Host\": \"example.org\" }`. `talosctl config` masks the values.",
     "object of strings", "`{}`"},
    {"probe", "exec",
     "A program exits with code 0: `[\"pg_isready\", \"-q\"]`. It runs with the worker's `cwd`, `env`, user and limits. On "
     "failure, the last line that it wrote is part of the reason.",
     "array of strings, or string", "none"},

    {"health", "watchdog",
     "The worker sends `WATCHDOG=1` by sd_notify(3) at least every `interval`. It finds the interval in `WATCHDOG_USEC`, in "
     "microseconds, beside `NOTIFY_SOCKET`. `WATCHDOG=trigger` makes it unhealthy at once. `WATCHDOG_USEC=N` sets another limit "
     "for this run.",
     "`true`", "none"},
    {"health", "interval",
     "Time between probes, ±10 %. The first probe runs at a random point within the first interval, so that many workers are not "
     "probed together. With `watchdog`: the longest time between two heartbeats."},
    {"health", "timeout",
     "How long a probe may take; then it has failed, and its program is killed with all its children. A probe that takes longer "
     "than `interval` is followed by the next one at once. Two probes never overlap."},
    {"health", "failures", "Consecutive failed probes that make the worker unhealthy."},
    {"health", "successes", "Consecutive successes that make the worker healthy, at first and again."},
    {"health", "grace", "For how long after `running` failures do not count. The first success ends it."},
    {"health", "action",
     "What happens when the worker is unhealthy. `\"restart\"`: talosd stops it by its stop plan, which counts as a failure. "
     "`\"mark\"`: it is only marked."},

    {"notify",
     "user",
     "A user that may send notifications besides the worker's own and root, for a program that changes its user by itself: `{ "
     "\"user\": \"www-data\" }`",
     {},
     "none"},

    {"dependsOn", "condition",
     "`\"started\"`: its process exists. `\"ready\"`: it is `running`, or a oneshot that is done. `\"healthy\"`: it is healthy, "
     "by its `health`. `\"completed\"`: its last run ended with code 0."},
    {"dependsOn", "onFailure",
     "What happens to this worker when the dependency no longer meets the condition. `\"ignore\"`: nothing. `\"stop\"`: it is "
     "stopped, and started when the dependency is back. `\"restart\"`: it runs on, and is restarted when the dependency is back; "
     "in a reload that restarts the dependency, one such worker after the other."},

    {"hooks", "preStart",
     "Runs before each start, while the worker is `starting`. If it fails, the start has failed, as if the command could not be "
     "executed.",
     "array, string or object", "none"},
    {"hooks", "postStart", "Runs when the worker has become `running`. If it fails, the worker runs on.",
     "array, string or object", "none"},
    {"hooks", "preStop",
     "Runs before the first signal of a stop or restart that was requested, if the main process is alive. The worker is "
     "`stopping` meanwhile. If it fails, the stop plan begins. It does not run for stops that talosd decides (not ready in time, "
     "unhealthy).",
     "array, string or object", "none"},
    {"hooks", "postStop",
     "Runs when all processes of a start have exited, also when `preStart` failed, the command could not be executed, or a stop "
     "came first. `stopped` and the next start wait for it. If it fails, talosd continues.",
     "array, string or object", "none"},
    {"hooks", "onUnhealthy",
     "Runs when `health` finds the worker unhealthy, also with `\"action\": \"mark\"`. Runs once, until the worker is healthy "
     "again or has a new run. If it fails, talosd logs a warning.",
     "array, string or object", "none"},
    {"hooks", "onFatal", "Runs when the worker has become `fatal`, after `postStop`. If it fails, talosd logs a warning.",
     "array, string or object", "none"},
    {"hook", "command", "Program and arguments, as for a worker.", "array of strings, or string", "required"},
    {"hook", "timeout", "How long the hook may take; then it is killed, and has failed."},

    {"reload", "signal", "Sent to the main process. Exactly one of `signal` and `command` is set.", {}, "none"},
    {"reload", "command", "Run like a hook. A code other than 0 is a failure.", "array of strings, or string", "none"},
    {"reload", "timeout", "How long the reload may take; then it has failed."},

    {"directories", "runtime",
     "Below `/run`, or `$XDG_RUNTIME_DIR` when talosd does not run as root. Variable: `RUNTIME_DIRECTORY`. Removed when the "
     "worker is `stopped`, `exited` or `fatal`, not when it restarts.",
     "string, object, or array of both", "`[]`"},
    {"directories", "state",
     "Below `/var/lib`, or `$XDG_STATE_HOME` (by default `~/.local/state`). Variable: `STATE_DIRECTORY`. Never removed.",
     "string, object, or array of both", "`[]`"},
    {"directories", "logs", "Below `/var/log`, or `$XDG_STATE_HOME/log`. Variable: `LOGS_DIRECTORY`. Never removed.",
     "string, object, or array of both", "`[]`"},
    {"directory", "name",
     "Relative, without `..` and `:`. For `app/cache`, talosd also makes `app`, which belongs to the user of talosd and stays.",
     "string", "required"},
    {"directory", "mode", "Permissions, set before each start."},

    {"envFile", "path", "The file.", "path", "required"},
    {"envFile", "required", "Whether a missing file is an error."},

    {"log", "file",
     "Relative to the data directory. No two workers share a file. Outside the data directory (also by `../`), a symbolic link, "
     "directory, FIFO, socket or device is an error, and root uses the file with the rights of its directory's owner. See "
     "[talosd(8)](talosd.8.md), \"Logs outside the data directory\".",
     "path", "`\"logs/NAME.log\"`"},
    {"log", "format",
     "Line format. `\"raw\"` stores no times: `talosctl logs` cannot show or select such lines by time, stream or run."},
    {"log", "rotateSize", "A file that would grow past this size is rotated to `FILE.1`, and so on. Lines are not cut."},
    {"log", "rotateEvery",
     "Also rotate a file that was begun this long ago, or before the last local midnight, when the next line is written.",
     "duration, at least `\"1ms\"`, `\"daily\"`, `\"never\"`", "`\"never\"`"},
    {"log", "keep", "Number of rotated files. 0: the file is emptied, or replaced by a new one if it occupies more than 16 MiB."},
    {"log", "compress", "Compress rotated files: `FILE.1` becomes `FILE.1.zst`."},
    {"log", "maxLine",
     "Longer lines are split into marked parts. In `\"raw\"`, which has no mark, they stay whole unless `streams` is "
     "`\"separate\"`."},
    {"log", "onFull",
     "While the file cannot be written: drop and count lines, or make the worker wait when its pipe is full. talosd retries "
     "every second."},
    {"inherit", "inherit",
     "The only key of its object. The destination is the output of talosd (terminal, or a container's stdout) in place of a "
     "file: each line behind the worker's name, or unchanged."},

    {"rlimits", "as", "Bytes of address space."},
    {"rlimits", "core", "Bytes of a core dump; 0 writes none."},
    {"rlimits", "cpu", "Seconds of processor time, then SIGXCPU."},
    {"rlimits", "data", "Bytes of data segment and private memory."},
    {"rlimits", "fsize", "Bytes of a file that it writes, then SIGXFSZ."},
    {"rlimits", "locks", "File locks; only kernels before 2.4.25 enforce it."},
    {"rlimits", "memlock", "Bytes that may be locked in memory."},
    {"rlimits", "msgqueue", "Bytes in POSIX message queues of the user."},
    {"rlimits", "nice", "20 minus the lowest nice value that it may take."},
    {"rlimits", "nofile", "One more than the highest descriptor that it may open."},
    {"rlimits", "nproc", "Processes and threads of the user."},
    {"rlimits", "rss", "Bytes in memory; the kernel does not enforce it."},
    {"rlimits", "rtprio", "Highest real-time priority."},
    {"rlimits", "rttime", "Microseconds of real-time work without a blocking call, then SIGXCPU."},
    {"rlimits", "sigpending", "Signals queued for the user."},
    {"rlimits", "stack", "Bytes of the main thread's stack."},
};

}   // namespace

std::span<const Sentence> section_sentences() { return sentences; }

}   // namespace talos::reference
