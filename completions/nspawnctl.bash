# bash completion for nspawnctl(1)

_nspawnctl_containers() {
    local file
    for file in /etc/nspawnd/containers/*.json; do
        file=${file##*/}
        [[ $file == '*.json' ]] || printf '%s\n' "${file%.json}"
    done
}

_nspawnctl() {
    local commands='list status plan reload start stop restart wait monitor render check'
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word command='' options='--json --help --version'
    # "--timeout=5m" comes as three words.
    if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi

    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ " $commands " == *" $word "* ]]; then
            command=$word
            break
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
        start|stop|restart|wait) options+=' --timeout' ;;
        render) options+=' --system --systemd-version' ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi

    case $command in
        '')
            mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
        status|start|stop|restart|wait)
            mapfile -t COMPREPLY < <(compgen -W "$(_nspawnctl_containers)" -- "$cur") ;;
        render|check)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$cur"; compgen -d -- "$cur") ;;
    esac
}

complete -F _nspawnctl nspawnctl
