# fish completion for nspawnctl(1)

function __nspawnctl_containers
    for file in /etc/nspawnd/containers/*.json
        string replace -r '\.json$' '' (string replace -r '.*/' '' $file)
    end
end

set -l commands list status plan reload start stop restart retry rollback hold unhold wait monitor render check
set -l fresh "not __fish_seen_subcommand_from $commands"

complete -c nspawnctl -f
complete -c nspawnctl -l json -d 'Print JSON, also for errors'
complete -c nspawnctl -s h -l help -d 'Show help'
complete -c nspawnctl -l version -d 'Show the version'

complete -c nspawnctl -n $fresh -a list -d 'List the containers, their states and systems'
complete -c nspawnctl -n $fresh -a status -d 'Show containers in detail, or the daemon'
complete -c nspawnctl -n $fresh -a plan -d 'Show what the daemon would do now, and why'
complete -c nspawnctl -n $fresh -a reload -d 'Make the daemon read settings and declarations again'
complete -c nspawnctl -n $fresh -a start -d 'Start containers on the systems that their profiles point to'
complete -c nspawnctl -n $fresh -a stop -d 'Shut containers down; they stay stopped until started'
complete -c nspawnctl -n $fresh -a restart -d 'Restart containers on the systems that their profiles point to'
complete -c nspawnctl -n $fresh -a retry -d 'Try systems again that were found bad'
complete -c nspawnctl -n $fresh -a rollback -d 'Bring a container to an earlier system and hold it there'
complete -c nspawnctl -n $fresh -a hold -d 'Keep containers on their present systems until unheld'
complete -c nspawnctl -n $fresh -a unhold -d 'Let held containers follow their profiles again'
complete -c nspawnctl -n $fresh -a wait -d 'Wait until no update is queued or under way, and judge the outcome'
complete -c nspawnctl -n $fresh -a monitor -d 'Show updates and changes of state as they happen'
complete -c nspawnctl -n $fresh -a render -d 'Print the units of a declaration, without a daemon'
complete -c nspawnctl -n $fresh -a check -d 'Check declarations and settings, without a daemon'

complete -c nspawnctl -n '__fish_seen_subcommand_from status start stop restart retry rollback hold unhold wait' -a '(__nspawnctl_containers)'
complete -c nspawnctl -n '__fish_seen_subcommand_from start stop restart retry rollback hold unhold wait' -x -l timeout -a '30s 1m 5m 15m 1h infinity' -d 'Give up after this time'
complete -c nspawnctl -n '__fish_seen_subcommand_from rollback' -F
complete -c nspawnctl -n '__fish_seen_subcommand_from render' -r -F -l system -d 'The system to run'
complete -c nspawnctl -n '__fish_seen_subcommand_from render' -x -l systemd-version -a '257 262' -d 'Render for this version of systemd'
complete -c nspawnctl -n '__fish_seen_subcommand_from render check' -k -a '(__fish_complete_suffix .json)'
