#!@busybox@/bin/sh
# switch-to-configuration of NixOS, loosely: what it says and with what it ends. 1: usage or a unit that can't be
# stopped; 2: the activation failed; 3: the manager can't be reloaded; 4: units failed.
export PATH=/usr/bin:@busybox@/bin
new=@out@
case ${1:-} in
  switch | test) ;;
  boot | dry-activate) exit 0 ;;
  *) echo "Usage: $0 [switch|boot|test|dry-activate]" >&2; exit 1 ;;
esac
[ -e /run/current-system/nixos-version ] || { echo "This is not a NixOS installation!" >&2; exit 1; }
status=0

# The units that run, and are others in the new system.
old=$(readlink -f /etc/systemd/system)
names() { (cd "$1" && for unit in *.service; do [ ! -f "$unit" ] || echo "$unit"; done); }
stop= restart= reload= skip=
for unit in $(names "$old"); do
  systemctl is-active -q "$unit" || systemctl is-failed -q "$unit" || continue
  if [ ! -e "$new/units/$unit" ]; then
    grep -q '^X-StopOnRemoval=false' "$old/$unit" || stop="$stop $unit"
  elif ! cmp -s "$old/$unit" "$new/units/$unit"; then
    if grep -q '^X-RestartIfChanged=false' "$new/units/$unit"; then skip="$skip $unit"
    elif grep -q '^X-ReloadIfChanged=true' "$new/units/$unit"; then reload="$reload $unit"
    else restart="$restart $unit"; fi
  fi
done
# restartTriggers = [ config.environment.etc."sysctl.d/60-nixos.conf".source ]
cmp -s /etc/sysctl.d/60-nixos.conf $new/etc/sysctl.d/60-nixos.conf || restart="$restart systemd-sysctl.service"
list() { echo "$*" | sed 's/ /, /g'; }

[ -z "$stop" ] || { echo "stopping the following units: $(list $stop)" >&2; systemctl stop $stop || status=1; }
[ -z "$skip" ] || echo "NOT restarting the following changed units: $(list $skip)" >&2
echo "activating the configuration..." >&2
$new/activate || status=2
systemctl daemon-reload || status=3
[ -z "$reload" ] || { echo "reloading the following units: $(list $reload)" >&2; systemctl reload $reload || status=4; }
[ -z "$restart" ] || { echo "restarting the following units: $(list $restart)" >&2; systemctl restart $restart || status=4; }
before=$(systemctl list-units --state=active --plain --no-legend --type=service | cut -d' ' -f1)
started=
for link in $new/units/multi-user.target.wants/*; do
  unit=${link##*/}
  systemctl is-active -q "$unit" || started="$started $unit"
done
systemctl start default.target $started || true

# "auto-restart" counts as failed when the last run of it was not well.
failed=$(for unit in $restart $reload $started; do
  state=$(systemctl show -P ActiveState "$unit") sub=$(systemctl show -P SubState "$unit")
  if [ "$state" = failed ]; then echo "$unit"
  elif [ "$sub" = auto-restart ] && [ "$(systemctl show -P ExecMainStatus "$unit")" != 0 ]; then echo "$unit"; fi
done | sort -u)
fresh=$(for unit in $started; do systemctl is-active -q "$unit" && echo "$unit"; done)
[ -z "$fresh" ] || echo "the following new units were started: $(list $fresh)" >&2
if [ -n "$failed" ]; then
  echo "warning: the following units failed: $(list $failed)" >&2
  systemctl status --no-pager --full $failed >&2
  status=4
fi
exit $status
