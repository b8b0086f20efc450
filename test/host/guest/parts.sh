#!/bin/sh
# Run in a host: puts what all guests are made of into the store of this host, and prints the paths as JSON.
# $1: the directory of this script.
set -eu
umask 022
here=$1
work=$(mktemp -d)
mkdir -p "$work/busybox/bin" "$work/tiny/bin"
cp /usr/bin/busybox "$work/busybox/bin/busybox"
busybox --install -s "$work/busybox/bin"
find "$work/busybox/bin" -type l -exec ln -sfn busybox {} \;
nasm -f bin -o "$work/tiny/bin/init" "$here/tiny.asm"
chmod 755 "$work/tiny/bin/init"
sh "$here/userland.sh" "$work/userland"
cp -r "$here" "$work/recipe"

roots=/nix/var/nix/gcroots/guest-parts
mkdir -p "$roots"
for part in busybox tiny userland recipe; do
  path=$(nix-store --add "$work/$part")
  ln -s "$path" "$roots/$part"
  printf '%s %s\n' "$part" "$path"
done | jq -nR '[inputs | split(" ") | {(.[0]): .[1]}] | add'
rm -rf "$work"
