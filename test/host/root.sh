#!/bin/sh
# Fills the layer ($1) over a Debian root tree that makes it a throwaway host: nothing that waits or runs by time.
set -eu
umask 022
units=$1/etc/systemd/system
mkdir -p "$units/multi-user.target.wants"

# The host tells the test that it is up, and in which state. It must not be a job of the boot that it waits for.
cat >"$units/test-ready.service" <<'UNIT'
[Unit]
Description=Tell the test that this host is up
[Service]
Type=exec
ExecStart=/bin/sh -c 'systemctl is-system-running --wait >/run/host/ready || true'
UNIT

for unit in systemd-networkd systemd-machined; do
  ln -sfn "/usr/lib/systemd/system/$unit.service" "$units/multi-user.target.wants/$unit.service"
done
ln -sfn ../test-ready.service "$units/multi-user.target.wants/test-ready.service"

# The kernel and the devices are the machine's.
for unit in systemd-sysctl.service systemd-modules-load.service systemd-udevd.service \
  systemd-udev-trigger.service systemd-pstore.service systemd-networkd-wait-online.service systemd-firstboot.service \
  systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service ldconfig.service \
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
  getty.target; do
  ln -sfn /dev/null "$units/$unit"
done
ln -sfn /usr/lib/systemd/system/multi-user.target "$units/default.target"

mkdir -p "$1/etc/nix"
cat >"$1/etc/nix/nix.conf" <<'CONF'
sandbox = false
substituters =
build-users-group =
experimental-features = nix-command flakes
CONF
