#!/bin/sh
# Collects in the directory $1 what a guest boots: systemd, D-Bus and busybox of this host, as usr/ and etc/.
# Hard pruned, because each host has it in memory.
set -eu
umask 022
out=$1

main() {
  mkdir -p "$out/usr/bin" "$out/usr/lib64" "$out/etc"
  programs
  libraries
  applets
  configuration
}

programs() {
  dpkg-query --listfiles systemd dbus dbus-bin dbus-daemon dbus-system-bus-common iputils-ping |
    sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | grep '^/usr/' | sort -u |
    grep -vE '^/usr/share/(doc|man|locale|bash-completion|zsh|lintian|bug|mime|pkgconfig|polkit-1)(/|$)' |
    grep -vE '^/usr/lib/(kernel|initramfs|modprobe.d|pcrlock|systemd/(boot|catalog|portable|user|ntp-units))|hwdb' |
    grep -vE '/systemd-(analyze|repart|crypt.*|homed|import.*|pull|export|vmspawn|nspawn|sysupdate|pcr.*|tpm.*)$' |
    while read -r path; do
      [ -f "$path" ] || [ -L "$path" ] || continue
      mkdir -p "$out$(dirname "$path")"
      cp -a "$path" "$out$path"
    done
  cp /usr/lib/os-release "$out/usr/lib/os-release"
}

# What the programs are linked with, and what systemd opens at run time when it is there.
libraries() {
  loadable=$(for name in acl audit blkid cap crypt crypto kmod lzma lz4 mount pam seccomp selinux zstd; do
    ldconfig -p | grep -oE "/[^ ]*/lib$name\.so\.[0-9.]+$" || true
  done)
  { echo "$loadable"; linked $loadable $(find "$out/usr" -type f -perm /100); } | sort -u | while read -r library; do
    case $library in /usr/*) target=$out$library ;; *) target=$out/usr$library ;; esac
    [ -e "$target" ] || install -D "$(readlink -f "$library")" "$target"
  done
}

# ldd fails where one of the files is a script.
linked() {
  { ldd "$@" 2>/dev/null || true; } | grep -oE '/[^ ]+\.so[^ :]*( |$)' | tr -d ' '
}

applets() {
  cp /usr/bin/busybox "$out/usr/bin/busybox"
  for applet in $(busybox --list); do
    [ -e "$out/usr/bin/$applet" ] || [ -L "$out/usr/bin/$applet" ] || ln -s busybox "$out/usr/bin/$applet"
  done
  ln -s bin "$out/usr/sbin"
}

configuration() {
  units=$out/etc/systemd/system
  mkdir -p "$units/multi-user.target.wants" "$out/etc/systemd/network"
  cp -a /etc/passwd /etc/group /etc/shadow /etc/nsswitch.conf /etc/dbus-1 "$out/etc/"
  # What slows the boot of a container or can't work in it.
  for unit in systemd-firstboot.service ldconfig.service systemd-hwdb-update.service systemd-modules-load.service \
    systemd-journal-catalog-update.service systemd-update-done.service systemd-sysctl.service \
    systemd-networkd-wait-online.service systemd-pstore.service systemd-machine-id-commit.service \
    systemd-network-generator.service var-lib-machines.mount tmp.mount dev-hugepages.mount \
    dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount getty.target; do
    ln -s /dev/null "$units/$unit"
  done
  ln -s /usr/lib/systemd/system/multi-user.target "$units/default.target"
  ln -s /usr/lib/systemd/system/systemd-networkd.service "$units/multi-user.target.wants/"
  cat >"$out/etc/systemd/network/10-host0.network" <<'NETWORK'
[Match]
Kind=veth
Name=host0
Virtualization=container
[Network]
DHCP=ipv4
LinkLocalAddressing=ipv6
NETWORK
}

main
