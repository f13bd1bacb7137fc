#include "reference/sentences.hpp"

namespace talos::reference {
namespace {

constexpr Sentence sentences[]{
    {"top", "$schema", "Lets editors find the schema. talosd ignores it.", "string", "none"},
    {"top", "dataDir",
     "Directory of PID file, status, logs, history and control socket. `--data-dir` and `$TALOS_DATA_DIR` take precedence.",
     "path",
     "`/var/lib/talos` for a config below `/etc`, `$XDG_STATE_HOME/talos` for one below `$XDG_CONFIG_HOME`, else `.talos` beside "
     "the config"},
    {"top", "controlSocket", "Socket of the control API. A missing parent directory is created with mode 0755.", "path",
     "`control.sock` in the data directory"},
    {"top", "access", "Who may use the control API besides the owner and root. See [access](#access).", "array of objects",
     "`[]`"},
    {"top", "cgroup",
     "How talosd proves which processes belong to a worker. With `\"auto\"`, each run gets a cgroup (version 2) of its own where "
     "the system allows it. With `\"off\"`, or without cgroups, talosd uses parents, sessions, marks and pipes. See "
     "[talosd(8)](talosd.8.md), \"Process tracking\". A change takes effect at the next start of talosd.",
     "`\"auto\"`, `\"off\"`", "`\"auto\"`"},
    {"top", "include", "More files with workers and templates. See [Several files](#several-files).",
     "path or pattern, or array of them", "`[]`"},
    {"top", "defaults",
     "Any key of a worker except `command`, `extends` and `instances`. Applies to workers that do not set the key. See [Defaults "
     "and templates](#defaults-and-templates).",
     "object", "`{}`"},
    {"top", "templates", "Named groups of settings, any keys of a worker. Workers and other templates use them with `extends`.",
     "object", "`{}`"},
    {"top", "workers",
     "The workers by name. A name has 1 to 64 of `A-Z a-z 0-9 _ . @ -`, begins with a letter or digit, and is not `all`.",
     "object", "`{}`"},

    {"worker", "extends", "Templates whose settings the worker uses. Later ones take precedence.", "string, or array of strings",
     "none"},
    {"worker", "instances", "Number of identical workers `NAME-1`, `NAME-2`, and so on. See [Instances](#instances).",
     "whole number, 0 to 1000", "one worker called `NAME`"},
    {"worker", "command", "Program and arguments. See [Commands](#commands). Example: `[\"./server\", \"--port\", \"8080\"]`",
     "array of strings, or string", "required"},
    {"worker", "cwd", "Working directory.", "path", "the directory of the config"},
    {"worker", "env",
     "Variables added to the environment of talosd. Names are not empty and contain no `=`. Example: `{ \"PORT\": \"8080\" }`",
     "object of strings", "`{}`"},
    {"worker", "envFile",
     "Files of `NAME=VALUE` lines, for values that should not be in the config. See [Env files](#env-files).",
     "path, object, or array of both", "`[]`"},
    {"worker",
     "user",
     "User that the worker runs as. talosd must be able to become it (root). `HOME`, `USER`, `LOGNAME` and `SHELL` are that "
     "user's, unless `env` sets them. `cwd` and `command` must be accessible to it. A number in no user database needs a "
     "`group`; its `HOME` is `/`, and `SHELL` is not set.",
     {},
     "the user of talosd"},
    {"worker", "group", "Group of the worker.", {}, "the group of the user"},
    {"worker", "groups", "All supplementary groups of the worker.", "array of strings", "the groups of the user"},
    {"worker", "umask", "Permissions that new files do not get: `\"0027\"`.", {}, "as talosd"},
    {"worker", "nice", "Priority. Values below 0 need privileges.", {}, "as talosd"},
    {"worker",
     "oomScoreAdj",
     "How soon the kernel kills the worker when memory runs out: -1000 never, 1000 first.",
     {},
     "as talosd"},
    {"worker", "rlimits", "Limits of getrlimit(2). See [rlimits](#rlimits).", "object", "as talosd"},
    {"worker", "cpuAffinity", "Processors that the worker may run on: `\"0-3,8\"`.", "string", "all that talosd may use"},
    {"worker", "noNewPrivileges", "With `true`, set-user-ID programs give the worker no privileges."},
    {"worker", "directories", "Directories that talosd makes before each start. See [directories](#directories).", "object",
     "`{}`"},
    {"worker", "autostart",
     "Start the worker together with talosd. With `false` it stays `stopped` until `talosctl start NAME`, or until a worker that "
     "depends on it starts."},
    {"worker", "kind", "A service runs permanently. A oneshot runs until it is done. See [Oneshots](#oneshots)."},
    {"worker", "remainUp", "For a oneshot: once it is done, it counts as `running` until it is stopped."},
    {"worker", "startTime", "How long the worker must be up to count as `running`. Has no effect with `ready`."},
    {"worker", "ready", "Condition for `running`, in place of `startTime`. See [ready](#ready).", "object", "none"},
    {"worker", "health", "Checks the worker while it is `running`. See [health](#health).", "object", "none"},
    {"worker", "notify", "A further user that may send notifications. See [notify](#notify).", "object", "none"},
    {"worker", "dependsOn", "Workers that must be there before this one starts. See [Dependencies](#dependencies).",
     "object of strings or objects", "`{}`"},
    {"worker", "hooks", "Programs run at points in the worker's life cycle. See [hooks](#hooks).", "object", "`{}`"},
    {"worker", "reload", "How `talosctl reload NAME` makes the worker read its own config again. See [reload](#reload).",
     "object", "none"},
    {"worker", "onSupervisorDeath",
     "When talosd itself dies: the worker runs on until the next start of talosd ends it, or the kernel kills its main process "
     "at once."},
    {"worker", "restart",
     "When the worker is restarted. A policy alone leaves the other keys at their defaults. See [restart](#restart).",
     "object, or `\"always\"`, `\"on-failure\"`, `\"never\"`", "`\"on-failure\"`"},
    {"worker", "fatalExitCodes",
     "Exits that are never followed by a restart: the worker becomes `fatal` at once, whatever its restart policy. An exit "
     "caused by a command does not count, nor does code 0 of a oneshot. Example: `[78, \"SIGSEGV\"]`",
     "array of exit codes, 0 to 255, and signals", "`[]`"},
    {"worker", "stop", "How the worker is stopped. See [stop](#stop).", "object",
     "`{\"steps\": [{\"signal\": \"SIGTERM\", \"wait\": \"30s\"}]}`"},
    {"worker", "streams",
     "`\"joined\"`: stdout and stderr are one pipe, in the order of writing, and all lines are tagged `stdout`. `\"separate\"`: "
     "a pipe each; lines are tagged `stdout` or `stderr`, and the order between the two is not kept."},
    {"worker", "log",
     "Where the output goes. An array has several destinations, of which one may be the output of talosd. `\"none\"`: "
     "`/dev/null`, without a pipe. `\"inherit\"`: no file, only the output of talosd. See [log](#log).",
     "object, array of objects, `\"none\"`, `\"inherit\"`", "`{}`"},
};

}   // namespace

std::span<const Sentence> worker_sentences() { return sentences; }

}   // namespace talos::reference
