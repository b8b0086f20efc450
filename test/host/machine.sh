#!/bin/sh
# One throwaway host, as four nested stages of this script. Node starts the first with a pipe as its stdin.
#
#   supervise   outlives the test by a moment: when the pipe closes (host stopped, test ended, crashed or killed) it
#               ends the host and removes what is left of it. It holds a lock, so that a later run can tell a live
#               host from the leftovers of a supervisor that was killed itself.
#   keep        init of an outer PID namespace; its mount namespace holds the host's "disk", a tmpfs, over reboots.
#   boot, enter init of the host's own namespaces; ends as systemd.
#
# In the environment: STATE directory of all hosts, ID of this one, CGROUPS where cgroup2 is mounted, LOWER the layers
# of the root tree, SEED content for /nix or empty, BINDS lines "LOCAL<tab>REMOTE", HOST_NAME.
set -eu
DIR=$STATE/$ID
CGROUP=$CGROUPS/nspawnd-test-$ID
# These need a file system that can be mounted idmapped, which an overlay cannot.
DISKS='nix srv var/lib/machines var/lib/nspawnd var/log/journal'

supervise() {
  exec 3<&0 8>"$STATE/lock"
  flock 8
  for lock in "$STATE"/*/lock; do
    # Whoever holds the lock is alive; the next start tries again what can't be removed yet.
    if [ -e "$lock" ] && flock --nonblock "$lock" true; then
      remove "$(basename "$(dirname "$lock")")" || echo "cannot remove what is left of $(dirname "$lock")" >&2
    fi
  done
  mkdir "$DIR" "$DIR/disk" "$CGROUP" "$CGROUP/keeper" "$CGROUP/host"
  exec 9>"$DIR/lock"
  flock 9
  exec 8>&-
  sed 's/[^ ]*/+&/g' "$CGROUP/cgroup.controllers" >"$CGROUP/cgroup.subtree_control"
  raise fs/inotify/max_user_instances 8192
  raise fs/inotify/max_user_watches 524288
  mkfifo "$DIR/ready"

  setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child=KILL \
    sh "$0" keep </dev/null >&2 3<&- 9>&- &
  keeper=$!
  cat <>"$DIR/ready" 3<&- 9>&- &
  reader=$!
  { cat >/dev/null; end; } <&3 3<&- 9>&- &
  lifeline=$!
  trap end INT TERM HUP
  # unshare stays outside the cgroup and waits for the whole PID namespace, so that nothing lives when this returns.
  while kill -0 "$keeper" 2>/dev/null; do wait "$keeper" || status=$?; done
  kill "$reader" "$lifeline" 2>/dev/null || true
  remove "$ID"
  exit "${status:-0}"
}

# The file comes first: a keeper that has not joined its cgroup yet finds it when it has.
end() {
  : >"$DIR/stop"
  echo 1 >"$CGROUP/cgroup.kill"
}

remove() {
  group=$CGROUPS/nspawnd-test-$1
  if [ -d "$group" ]; then
    echo 1 >"$group/cgroup.kill"
    find "$group" -depth -type d -exec rmdir {} +
  fi
  rm -rf --one-file-system "${STATE:?}/$1"
}

# Kernel-wide and left so: some two dozen guests use up the default of 128 inotify instances.
raise() {
  [ "$(cat "/proc/sys/$1")" -ge "$2" ] || echo "$2" >"/proc/sys/$1"
}

keep() {
  echo 0 >"$CGROUP/keeper/cgroup.procs"
  [ ! -e "$DIR/stop" ] || exit 0
  mount -t tmpfs -o size=75%,mode=755 tmpfs "$DIR/disk"
  cd "$DIR/disk"
  mkdir work root upper upper/etc disks
  for disk in $DISKS; do mkdir -p "disks/$disk"; done
  [ -z "$SEED" ] || cp -a "$SEED/." disks/nix/
  echo "$HOST_NAME" >upper/etc/hostname
  tr -d - </proc/sys/kernel/random/uuid >upper/etc/machine-id
  while :; do
    unshare --mount --propagation private --pid --fork --kill-child=KILL --net --ipc --uts sh "$0" boot && ended=0 || ended=$?
    find "$CGROUP/host" -mindepth 1 -depth -type d -exec rmdir {} +
    # reboot(2) ends the init of a PID namespace with SIGHUP, halt and power-off with SIGINT. After a power cut, which
    # Node announces, unshare of some versions fails to say how its child ended.
    if [ -e "$DIR/power-cut" ]; then
      rm "$DIR/power-cut"
    elif [ "$ended" -ne 129 ]; then
      exit "$ended"
    fi
  done
}

boot() {
  echo 0 >"$CGROUP/host/cgroup.procs"
  exec unshare --cgroup sh "$0" enter
}

enter() {
  cd "$DIR/disk"
  mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=upper,workdir=work" root
  for disk in $DISKS; do
    mkdir -p "root/$disk"
    mount --bind "disks/$disk" "root/$disk"
  done
  cd root
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys # read-only: else networkd and systemd wait for a udev that isn't there
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs run
  mkdir run/host
  : >run/host/ready
  mount --bind "$DIR/ready" run/host/ready
  devices
  printf %s "$BINDS" | while IFS='	' read -r local remote; do bind "$local" ".$remote"; done
  pivot_root . .
  umount -l .
  cd /
  mount --make-rshared / # systemd 257 silently gives no credentials where / is private
  exec env -i container=nspawnd-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /usr/lib/systemd/systemd --show-status=no
}

devices() {
  mount -t tmpfs -o mode=755 tmpfs dev
  mkdir dev/net dev/pts dev/shm
  for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 fuse:10:229 net/tun:10:200; do
    minor=${node##*:} major=${node#*:}
    mknod -m 666 "dev/${node%%:*}" c "${major%:*}" "$minor"
  done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  ln -s /proc/self/fd/0 dev/stdin
  ln -s /proc/self/fd/1 dev/stdout
  ln -s /proc/self/fd/2 dev/stderr
}

bind() {
  if [ -d "$1" ]; then
    mkdir -p "$2"
  else
    mkdir -p "$(dirname "$2")"
    : >>"$2"
  fi
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}

"$1"
