#!@busybox@/bin/sh
# Makes @out@ the running system: switch-to-configuration switch|test|boot|dry-activate
export PATH=/usr/bin:@busybox@/bin
set -eu
case ${1:-} in
  switch | test) ;;
  boot | dry-activate) exit 0 ;;
  *) echo "usage: $0 switch|test|boot|dry-activate" >&2; exit 1 ;;
esac
cp -a @out@/etc/. /etc/
ln -sfn @out@ /run/current-system
@activation@
systemctl daemon-reload
# As in NixOS, what it starts has come up, or failed, when this ends. Of the failures the guest itself is to tell.
systemctl start multi-user.target $(ls /etc/systemd/system/multi-user.target.wants) || true
