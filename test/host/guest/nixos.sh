# Sourced by build.sh: makes $out into what differs from the other kinds in a NixOS system. Read from nixos/modules/system
# (stage 2, activation, etc, switch-to-configuration), in as far as nspawnd and its guests have to do with it.

nixos_etc() {
  # One link for all units, as etc."systemd/system" is one derivation.
  mv $out/etc/systemd/system $out/units
  for unit in $userland/etc/systemd/system/*; do
    case ${unit##*/} in
      systemd-sysctl.service) ;;
      *.wants)
        mkdir -p $out/units/${unit##*/}
        for wanted in $unit/*; do [ ! -L $wanted ] || cp -a $wanted $out/units/${unit##*/}/; done
        ;;
      *) [ -e $out/units/${unit##*/} ] || cp -a $unit $out/units/ ;;
    esac
  done
  ln -s $out/units $out/etc/systemd/system
  mkdir -p $out/etc/systemd/network
  for file in $userland/etc/systemd/network/*; do ln -s $file $out/etc/systemd/network/; done
  ln -s $userland/etc/dbus-1 $out/etc/dbus-1
  ln -s $userland/etc/nsswitch.conf $out/etc/nsswitch.conf
}

nixos_scripts() {
  script $recipe/nixos-init.sh >$out/init
  script $recipe/nixos-activate.sh >$out/activate
  script $recipe/nixos-switch.sh >$out/bin/switch-to-configuration
  chmod 755 $out/init $out/activate $out/bin/switch-to-configuration
  ln -s $userland/usr $out/sw
  ln -s $userland/usr $out/systemd
}
