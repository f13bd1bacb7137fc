#include "config/foreign_words.hpp"

#include <algorithm>
#include <utility>

namespace talos::config {

namespace {

/// Words of other supervisors and what they are here, both in one spelling: small letters, without `_` and `-`. A word may stand for keys of
/// several objects.
constexpr std::pair<std::string_view, std::string_view> words[]{
    {"affinity", "cpuAffinity"}, {"after", "dependsOn"}, {"anchors", "templates"}, {"apps", "workers"}, {"args", "command"},
    {"attempts", "limit"}, {"autorestart", "restart"}, {"autorun", "autostart"}, {"backoff", "delay"}, {"backoff", "restart.delay"},
    {"backups", "keep"}, {"bindsto", "dependsOn"}, {"burst", "limit"}, {"cmd", "command"}, {"cmd", "exec"}, {"code", "status"},
    {"combinelogs", "streams"}, {"command", "exec"}, {"common", "defaults"}, {"compression", "compress"}, {"condition", "policy"},
    {"count", "keep"}, {"cpus", "cpuAffinity"}, {"cpuset", "cpuAffinity"}, {"daily", "rotateEvery"}, {"datadirectory", "dataDir"},
    {"deadline", "timeout"}, {"default", "defaults"}, {"dir", "cwd"}, {"directory", "cwd"}, {"directory", "dataDir"},
    {"dotenv", "envFile"}, {"enabled", "autostart"}, {"entrypoint", "command"}, {"envfiles", "envFile"}, {"environment", "env"},
    {"environmentfile", "envFile"}, {"envs", "env"}, {"envvars", "env"}, {"errorfile", "log"}, {"every", "interval"}, {"exec", "command"},
    {"execcondition", "hooks.preStart"}, {"execstart", "command"}, {"execstartpost", "hooks.postStart"},
    {"execstartpre", "hooks.preStart"}, {"execstop", "hooks.preStop"}, {"execstoppost", "hooks.postStop"},
    {"expbackoffrestartdelay", "restart.factor"}, {"expectedstatus", "status"}, {"exponent", "factor"},
    {"failurethreshold", "failures"}, {"filename", "file"}, {"files", "include"}, {"gid", "group"}, {"grace", "steps"},
    {"graceperiod", "steps"}, {"groupadd", "groups"}, {"groupname", "group"}, {"gzip", "compress"}, {"healthcheck", "health"},
    {"httpget", "http"}, {"imports", "include"}, {"includes", "include"}, {"initialdelay", "grace"}, {"initialdelayseconds", "grace"},
    {"interpreter", "command"}, {"interval", "delay"}, {"interval", "rotateEvery"}, {"jobs", "workers"}, {"keepalive", "restart"},
    {"killasgroup", "stop"}, {"killmode", "stop"}, {"killsignal", "stop"}, {"killtimeout", "stop"}, {"limitcore", "rlimits.core"},
    {"limitnofile", "rlimits.nofile"}, {"limitnproc", "rlimits.nproc"}, {"limits", "rlimits"}, {"links", "dependsOn"},
    {"listentimeout", "ready.timeout"}, {"livenessprobe", "health"}, {"logfile", "log"}, {"logging", "log"}, {"logsdirectory", "directories.logs"}, {"max", "maxDelay"},
    {"maxattempts", "limit"}, {"maxbackoff", "maxDelay"}, {"maxbackups", "keep"}, {"maxbytes", "rotateSize"}, {"maxfailures", "failures"},
    {"maxfile", "keep"}, {"maxfiles", "keep"}, {"maxrestarts", "limit"}, {"maxrestarts", "restart.limit"}, {"maxretries", "limit"},
    {"maxretries", "restart.limit"}, {"maxsize", "rotateSize"}, {"mergelogs", "streams"}, {"minuptime", "resetAfter"},
    {"minuptime", "restart.resetAfter"}, {"mode", "policy"}, {"multiplier", "factor"}, {"name", "policy"}, {"needs", "dependsOn"},
    {"nofile", "rlimits.nofile"}, {"nonewprivs", "noNewPrivileges"}, {"nproc", "rlimits.nproc"}, {"numprocs", "instances"}, {"onfailure", "hooks.onFatal"},
    {"oomscoreadjust", "oomScoreAdj"}, {"outfile", "log"}, {"output", "file"}, {"partof", "dependsOn"}, {"path", "file"},
    {"path", "http"}, {"period", "interval"}, {"period", "window"}, {"periodseconds", "interval"}, {"port", "tcp"},
    {"poststart", "hooks.postStart"}, {"poststop", "hooks.postStop"}, {"prestart", "hooks.preStart"}, {"prestop", "hooks.preStop"},
    {"priority", "dependsOn"}, {"processes", "instances"}, {"processes", "workers"}, {"program", "command"}, {"program", "workers"},
    {"programs", "workers"}, {"readinessprobe", "ready"}, {"redirectstderr", "streams"}, {"remainafterexit", "remainUp"},
    {"replicas", "instances"}, {"requires", "dependsOn"}, {"requisite", "dependsOn"}, {"respawn", "restart"},
    {"restartdelay", "restart.delay"}, {"restartmaxdelaysec", "restart.maxDelay"}, {"restartpolicy", "restart"}, {"restartpreventexitstatus", "fatalExitCodes"},
    {"restartsec", "restart.delay"}, {"restartsteps", "restart.factor"}, {"retain", "keep"}, {"retries", "failures"},
    {"retries", "limit"}, {"retries", "restart.limit"}, {"rise", "successes"}, {"rotate", "rotateSize"}, {"rotatecount", "keep"},
    {"rotation", "rotateEvery"}, {"run", "command"}, {"runas", "user"}, {"runtimedirectory", "directories.runtime"}, {"scale", "instances"}, {"script", "command"}, {"sec", "delay"},
    {"services", "workers"}, {"signal", "steps"}, {"signals", "steps"}, {"size", "rotateSize"}, {"socket", "controlSocket"},
    {"sockfile", "controlSocket"}, {"stableafter", "resetAfter"}, {"standarderror", "log"}, {"standardoutput", "log"},
    {"startdelay", "grace"}, {"startlimitburst", "restart.limit"}, {"startlimitinterval", "restart.window"},
    {"startlimitintervalsec", "restart.window"}, {"startperiod", "grace"}, {"startretries", "restart.limit"},
    {"startseconds", "startTime"}, {"startsecs", "startTime"}, {"starttimeout", "ready.timeout"}, {"startupprobe", "ready"},
    {"statedir", "dataDir"}, {"statedirectory", "directories.state"}, {"statuscode", "status"}, {"stderr", "log"}, {"stderrlogfile", "log"}, {"stderrlogfilebackups", "log.keep"},
    {"stderrlogfilemaxbytes", "log.rotateSize"}, {"stdout", "log"}, {"stdoutlogfile", "log"}, {"stdoutlogfilebackups", "log.keep"},
    {"stdoutlogfilemaxbytes", "log.rotateSize"}, {"stopasgroup", "stop"}, {"stopgraceperiod", "stop"}, {"stopsignal", "stop"},
    {"stoptimeout", "stop"}, {"stopwaitsecs", "stop"}, {"successthreshold", "successes"}, {"supplementalgroups", "groups"},
    {"supplementarygroups", "groups"}, {"tasks", "workers"}, {"tcpsocket", "tcp"}, {"terminationgraceperiodseconds", "stop"},
    {"test", "exec"}, {"timeout", "steps"}, {"timeoutsec", "stop"}, {"timeoutseconds", "timeout"}, {"timeoutstartsec", "ready.timeout"},
    {"timeoutstopsec", "stop"}, {"type", "kind"}, {"type", "policy"}, {"uid", "user"}, {"ulimits", "rlimits"}, {"units", "workers"},
    {"unixhttpserver", "controlSocket"}, {"url", "http"}, {"username", "user"}, {"variables", "env"}, {"wait", "delay"},
    {"wait", "steps"}, {"waitready", "ready"}, {"wantedby", "autostart"}, {"wants", "dependsOn"}, {"watchdog", "health"},
    {"watchdogsec", "health"}, {"when", "policy"}, {"when", "rotateEvery"}, {"within", "window"}, {"workdir", "cwd"},
    {"workingdir", "cwd"}, {"workingdirectory", "cwd"}, {"zip", "compress"},
};

std::string plain_spelling(std::string_view key) {
    std::string plain;
    for (const char c : key)
        if (c != '_' && c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return plain;
}

}  // namespace

std::string native_key(std::string_view key, std::span<const std::string_view> known) {
    const auto plain = plain_spelling(key);
    for (const auto candidate : known)
        if (plain_spelling(candidate) == plain) return std::string(candidate);
    for (const auto& [word, native] : words) {
        if (word != plain) continue;
        const auto object = native.substr(0, native.find('.'));
        if (std::find(known.begin(), known.end(), object) != known.end()) return std::string(native);
    }
    return {};
}

}  // namespace talos::config
