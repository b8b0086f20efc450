# Builds the toplevel of a guest in $out, shaped like that of NixOS. A Nix builder, with busybox alone.
set -eu
export PATH=$busybox/bin
mkdir -p $out/bin $out/etc/systemd/system/multi-user.target.wants

. $recipe/nixos.sh
# As in NixOS each entry of /etc is a store path of its own.
case $kind in nixos) put='ln -s' ;; *) put=cp ;; esac
printf '%s' "$etc" | while read -r path file; do
  mkdir -p "$(dirname "$out/etc/$path")"
  $put "$file" "$out/etc/$path"
done
for unit in $wanted; do ln -s "../$unit" $out/etc/systemd/system/multi-user.target.wants/; done
cp $userland/usr/lib/os-release $out/etc/os-release
echo "$version" >$out/nixos-version
ln -s $application $out/application

# `activation` may have any character: it is put in by the shell, not by sed.
script() {
  sed "s,@busybox@,$busybox,g; s,@userland@,$userland,g; s,@out@,$out,g" "$1" | while IFS= read -r line; do
    if [ "$line" = @activation@ ]; then printf '%s\n' "$activation"; else printf '%s\n' "$line"; fi
  done
}

case $kind in
  tiny) ln -s $tiny/bin/init $out/init ;;
  dies-at-once) printf '#!%s/bin/sh\necho "this guest dies at once"\nexit 1\n' $busybox >$out/init ;;
  # A script that hangs: nothing listens to signals yet, as in stage 2 of NixOS.
  hangs-in-boot) printf '#!%s/bin/sh\necho "this guest hangs"\nexec %s/bin/sleep 1000000\n' $busybox $busybox >$out/init ;;
  nixos)
    nixos_etc
    nixos_scripts
    ;;
  *)
    script $recipe/init.sh >$out/init
    script $recipe/switch-to-configuration.sh >$out/bin/switch-to-configuration
    chmod 755 $out/bin/switch-to-configuration
    ln -s $userland/usr $out/sw
    ln -s $userland/usr $out/systemd
    ;;
esac
[ -L $out/init ] || chmod 755 $out/init
