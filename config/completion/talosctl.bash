# bash completion of talosctl: source it, or install it as /usr/share/bash-completion/completions/talosctl

# Names of the workers of the talosd that the options on the command line select.
_talosctl_workers() {
    local -a place=()
    local i
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case ${COMP_WORDS[i]} in
            --config | --data-dir)
                # bash splits at =: --config = FILE
                if [[ ${COMP_WORDS[i + 1]} == = ]]; then
                    place+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 2]}")
                elif ((i + 1 < COMP_CWORD)); then
                    place+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}")
                fi
                ;;
        esac
    done
    "${COMP_WORDS[0]}" "${place[@]}" status --names 2>/dev/null
}

# Arguments of `scale`: worker names that end in a number belong to the group without the number.
_talosctl_groups() {
    _talosctl_workers | sed -n 's/-[1-9][0-9]*$/=/p' | sort -u
}

_talosctl_words() {
    local IFS=$' \t\n'
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_talosctl() {
    local verbs="start stop restart status logs events why config wait signal scale reset disable enable pause resume rotate reload diff help version"
    local globals="--config --data-dir --trust-owner --json --color --help --version"
    local states="stopped starting running backoff stopping exited fatal healthy"
    local signals="HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH"
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb="" i skip="" words=0
    COMPREPLY=()
    [[ $word == = ]] && word=""
    [[ $before == = ]] && ((COMP_CWORD > 1)) && before=${COMP_WORDS[COMP_CWORD - 2]}

    # the verb, and the number of words after it
    for ((i = 1; i < COMP_CWORD; ++i)); do
        if [[ -n $skip ]]; then
            [[ ${COMP_WORDS[i]} == = ]] || skip=""
            continue
        fi
        case ${COMP_WORDS[i]} in
            --config | --data-dir | --trust-owner | --color | --timeout | --since | --until | --worker | --for | -n | --lines | --tail) skip=1 ;;
            -*) ;;
            *) if [[ -z $verb ]]; then verb=${COMP_WORDS[i]}; else ((++words)); fi ;;
        esac
    done

    case $verb in
        ps | ls) verb=status ;;
        tail) verb=logs ;;
        up) verb=start ;;
        down) verb=stop ;;
    esac

    case $before in
        --config) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null; return ;;
        --data-dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); compopt -o filenames 2>/dev/null; return ;;
        --trust-owner) mapfile -t COMPREPLY < <(compgen -u -- "$word"); return ;;
        --color) _talosctl_words "auto always never" "$word"; return ;;
        --for) _talosctl_words "$states" "$word"; return ;;
        --worker) _talosctl_words "$(_talosctl_workers)" "$word"; return ;;
        --graph) _talosctl_words "dot mermaid" "$word"; return ;;
        --stream) _talosctl_words "stdout stderr" "$word"; return ;;
        --timeout | --since | --until | --grep | -n | --lines | --tail) return ;;
    esac

    if [[ -z $verb ]]; then
        if [[ $word == -* ]]; then _talosctl_words "$globals" "$word"; else _talosctl_words "$verbs" "$word"; fi
        return
    fi
    if [[ $word == -* ]]; then
        local options=""
        case $verb in
            start) options="--timeout --no-wait --wait" ;;
            disable) options="--timeout --no-wait" ;;
            stop) options="--timeout --no-wait --force" ;;
            restart) options="--timeout --no-wait --rolling --force" ;;
            status) options="--watch --names --tree --wide" ;;
            logs) options="--lines --tail --since --until --timestamps --runs --utc --grep --ignore-case --stream --follow" ;;
            events) options="--lines --since --worker --follow" ;;
            config) options="--validate --paths --running --graph" ;;
            wait) options="--for --timeout" ;;
            scale) options="--save --no-wait --timeout" ;;
            reload) options="--dry-run --all-at-once --no-wait --timeout" ;;
        esac
        _talosctl_words "$options $globals" "$word"
        return
    fi
    case $verb in
        start | stop | restart | status | logs | wait | reset | disable | enable | pause | resume | rotate | reload)
            _talosctl_words "$(_talosctl_workers) all" "$word" ;;
        scale)
            [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]] && return
            compopt -o nospace 2>/dev/null
            _talosctl_words "$(_talosctl_groups)" "$word"
            ;;
        help) ((words == 0)) && _talosctl_words "$verbs talosd talosctl talos.json talos-api talos-logs" "$word" ;;
        why) ((words == 0)) && _talosctl_words "$(_talosctl_workers)" "$word" ;;
        signal) if ((words == 0)); then _talosctl_words "$signals" "$word"; else _talosctl_words "$(_talosctl_workers) all" "$word"; fi ;;
    esac
    return 0
}

complete -F _talosctl talosctl
