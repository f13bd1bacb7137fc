# fish completion of talosctl: install it as /usr/share/fish/vendor_completions.d/talosctl.fish

function __talosctl_workers
    set -l place
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case --config --data-dir
                test $i -lt (count $words); and set -a place $words[$i] $words[(math $i + 1)]
            case '--config=*' '--data-dir=*'
                set -a place $words[$i]
        end
    end
    talosctl $place status --names 2>/dev/null
end

# The next word is the signal, not yet a worker.
function __talosctl_wants_signal
    set -l words (commandline -opc)
    test "$words[-1]" = signal
end

set -l verbs start stop restart status logs events why config wait signal scale reset disable enable pause resume rotate reload diff help version ps ls tail up down
set -l without_verb "not __fish_seen_subcommand_from $verbs"

complete -c talosctl -f
complete -c talosctl -l config -r -F -d 'the config file'
complete -c talosctl -l data-dir -x -a '(__fish_complete_directories)' -d "the data directory of talosd"
complete -c talosctl -l trust-owner -x -a '(__fish_complete_users)' -d 'as root, also read config files of this user'
complete -c talosctl -l json -d 'print JSON'
complete -c talosctl -l color -x -a 'auto always never' -d 'when to use colours'
complete -c talosctl -s h -l help -d 'show this help'
complete -c talosctl -n "$without_verb" -l version -d 'print the version'

complete -c talosctl -n "$without_verb" -a start -d 'start talosd in the background, or start workers'
complete -c talosctl -n "$without_verb" -a stop -d 'stop talosd and all workers, or stop workers'
complete -c talosctl -n "$without_verb" -a restart -d 'restart talosd, or restart workers'
complete -c talosctl -n "$without_verb" -a status -d 'show talosd and its workers'
complete -c talosctl -n "$without_verb" -a logs -d 'show the output of workers'
complete -c talosctl -n "$without_verb" -a events -d 'show the history'
complete -c talosctl -n "$without_verb" -a why -d 'explain why a worker is not up, or how it last ended'
complete -c talosctl -n "$without_verb" -a config -d 'show the effective config'
complete -c talosctl -n "$without_verb" -a wait -d 'wait until workers reach a state'
complete -c talosctl -n "$without_verb" -a signal -d 'send a signal to workers'
complete -c talosctl -n "$without_verb" -a scale -d "change the number of a worker's instances"
complete -c talosctl -n "$without_verb" -a reset -d 'reset the failure count of workers'
complete -c talosctl -n "$without_verb" -a disable -d 'stop workers and prevent automatic starts'
complete -c talosctl -n "$without_verb" -a enable -d 'allow automatic starts again after disable'
complete -c talosctl -n "$without_verb" -a pause -d 'suspend workers with SIGSTOP until resume'
complete -c talosctl -n "$without_verb" -a resume -d 'continue paused workers'
complete -c talosctl -n "$without_verb" -a rotate -d "rotate workers' logs now"
complete -c talosctl -n "$without_verb" -a reload -d 'apply a changed config, or make workers reload theirs'
complete -c talosctl -n "$without_verb" -a diff -d 'show what a reload would change'
complete -c talosctl -n "$without_verb" -a help -d 'show this help'
complete -c talosctl -n "$without_verb" -a version -d 'print the version'

complete -c talosctl -n '__fish_seen_subcommand_from start stop restart status logs why wait signal reset disable enable pause resume rotate reload ps ls tail up down; and not __talosctl_wants_signal' -a '(__talosctl_workers)' -d worker
complete -c talosctl -n '__fish_seen_subcommand_from start stop restart status logs wait signal reset disable enable pause resume rotate reload ps ls tail up down; and not __talosctl_wants_signal' -a all -d 'all workers'
complete -c talosctl -n '__fish_seen_subcommand_from scale' -a "(__talosctl_workers | string replace -rf -- '-[1-9][0-9]*\$' '=' | sort -u)" -d 'number of instances'
complete -c talosctl -n '__fish_seen_subcommand_from help' -a 'start stop restart status logs events why config wait signal scale reset disable enable pause resume rotate reload diff' -d verb
complete -c talosctl -n '__fish_seen_subcommand_from help' -a 'talosd talosctl talos.json talos-api talos-logs' -d page
complete -c talosctl -n '__fish_seen_subcommand_from scale' -l save -d 'keep the number'
complete -c talosctl -n __talosctl_wants_signal -a 'HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH' -d signal
complete -c talosctl -n '__fish_seen_subcommand_from start stop restart wait scale reload disable up down' -l timeout -x -d 'how long to wait'
complete -c talosctl -n '__fish_seen_subcommand_from start stop restart scale reload disable up down' -l no-wait -d 'do not wait for the result'
complete -c talosctl -n '__fish_seen_subcommand_from stop restart down' -l force -d 'SIGKILL talosd immediately'
complete -c talosctl -n '__fish_seen_subcommand_from restart' -l rolling -d 'one worker after the other'
complete -c talosctl -n '__fish_seen_subcommand_from status ps ls' -s w -l watch -d 'update on every change'
complete -c talosctl -n '__fish_seen_subcommand_from start up' -l wait -d 'wait until all workers are up'
complete -c talosctl -n '__fish_seen_subcommand_from status ps ls' -l wide -d 'show memory and CPU time'
complete -c talosctl -n '__fish_seen_subcommand_from status ps ls' -l names -d 'print only names'
complete -c talosctl -n '__fish_seen_subcommand_from status ps ls' -l tree -d 'show dependencies'
complete -c talosctl -n '__fish_seen_subcommand_from logs events tail' -s n -l lines -x -d 'show the last N'
complete -c talosctl -n '__fish_seen_subcommand_from logs events tail' -s f -l follow -d 'follow new output'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -l since -x -d 'duration or time'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -l tail -x -d 'show the last N'
complete -c talosctl -n '__fish_seen_subcommand_from logs' -l until -x -d 'duration or time'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -s t -l timestamps -d 'show timestamps'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -l runs -d 'mark where a run begins'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -l utc -d 'times in UTC'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -l grep -x -d 'lines that match the regular expression'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -s i -l ignore-case -d 'ignore case'
complete -c talosctl -n '__fish_seen_subcommand_from logs tail' -l stream -x -a 'stdout stderr' -d 'show only this stream'
complete -c talosctl -n '__fish_seen_subcommand_from events' -l since -x -d 'duration, time or sequence'
complete -c talosctl -n '__fish_seen_subcommand_from events' -l worker -x -a '(__talosctl_workers)' -d 'pattern'
complete -c talosctl -n '__fish_seen_subcommand_from config' -l validate -d 'only check whether the config is valid'
complete -c talosctl -n '__fish_seen_subcommand_from config' -l paths -d 'show which files are used'
complete -c talosctl -n '__fish_seen_subcommand_from config' -l running -d 'show the config that talosd has loaded'
complete -c talosctl -n '__fish_seen_subcommand_from config' -l graph -x -a 'dot mermaid' -d 'print the dependencies'
complete -c talosctl -n '__fish_seen_subcommand_from wait' -l for -x -a 'stopped starting running backoff stopping exited fatal healthy' -d 'the state'
complete -c talosctl -n '__fish_seen_subcommand_from reload' -l dry-run -d 'only show what would change'
complete -c talosctl -n '__fish_seen_subcommand_from reload' -l all-at-once -d 'restart all workers at the same time'
