#!/bin/sh
# Turns a fresh Debian root tree ($1) into that of a throwaway host: what boot needs, nothing that waits or runs by time.
set -eu
units=$1/etc/systemd/system

# The host tells the test that it is up, and in which state. It must not be a job of the boot that it waits for.
cat >"$units/test-ready.service" <<'UNIT'
[Unit]
Description=Tell the test that this host is up
[Service]
Type=exec
ExecStart=/bin/sh -c 'systemctl is-system-running --wait >/run/host/ready || true'
UNIT

mkdir -p "$units/multi-user.target.wants"
for unit in systemd-networkd systemd-machined; do
  ln -sfn "/usr/lib/systemd/system/$unit.service" "$units/multi-user.target.wants/$unit.service"
done
ln -sfn ../test-ready.service "$units/multi-user.target.wants/test-ready.service"

# The kernel and the devices are the machine's; var-lib-machines.mount makes PID 1 re-read mounts for a second.
for unit in var-lib-machines.mount systemd-sysctl.service systemd-modules-load.service systemd-udevd.service \
  systemd-udev-trigger.service systemd-pstore.service systemd-networkd-wait-online.service systemd-firstboot.service \
  systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service ldconfig.service \
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer; do
  ln -sfn /dev/null "$units/$unit"
done
ln -sfn /usr/lib/systemd/system/multi-user.target "$units/default.target"
rm -f "$units/getty.target.wants/getty@tty1.service"

mkdir -p "$1/etc/nix" "$1/nix"
cat >"$1/etc/nix/nix.conf" <<'CONF'
sandbox = false
substituters =
build-users-group =
experimental-features = nix-command flakes
CONF
: >"$1/etc/machine-id"
rm -rf "$1/var/cache/apt" "$1"/var/lib/apt/lists/*
