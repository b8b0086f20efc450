# bash completion for nspawnctl(1)

_nspawnctl_containers() {
    local file
    for file in /etc/nspawnd/containers/*.json; do
        file=${file##*/}
        [[ $file == '*.json' ]] || printf '%s\n' "${file%.json}"
    done
}

# Of the container's profile, by number.
_nspawnctl_generations() {
    local profile link
    profile=$(nspawnctl status --json -- "$1" 2>/dev/null | sed -n 's/^ *"profile": "\(.*\)",\{0,1\}$/\1/p')
    for link in "$profile"-*-link; do
        link=${link#"$profile"-}
        [[ $link == '*-link' ]] || printf '%s\n' "${link%-link}"
    done
}

_nspawnctl() {
    local commands='list status plan reload start stop restart retry rollback hold unhold wait monitor render check'
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word command='' container='' options='--json --help --version'
    # "--timeout=5m" comes as three words.
    if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi

    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ -z $command && " $commands " == *" $word "* ]]; then
            command=$word
        elif [[ -n $command && -z $container && $word != -* ]]; then
            container=$word
        fi
    done
    COMPREPLY=()

    case $prev in
        --timeout)
            mapfile -t COMPREPLY < <(compgen -W '30s 1m 5m 15m 1h infinity' -- "$cur")
            return ;;
        --system)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return ;;
        --systemd-version)
            mapfile -t COMPREPLY < <(compgen -W '257 262' -- "$cur")
            return ;;
    esac

    case $command in
        start|stop|restart|retry|rollback|hold|unhold|wait) options+=' --timeout' ;;
        render) options+=' --system --systemd-version' ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi

    case $command in
        '')
            mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
        status|start|stop|restart|retry|hold|unhold|wait)
            mapfile -t COMPREPLY < <(compgen -W "$(_nspawnctl_containers)" -- "$cur") ;;
        rollback)
            if [[ -z $container ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(_nspawnctl_containers)" -- "$cur")
            else
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -W "$(_nspawnctl_generations "$container")" -- "$cur"; compgen -f -- "$cur")
            fi ;;
        render|check)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$cur"; compgen -d -- "$cur") ;;
    esac
}

complete -F _nspawnctl nspawnctl
