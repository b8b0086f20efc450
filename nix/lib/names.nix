# What systemd takes for a name. Builtins only.
let
  inherit (builtins) match stringLength;
  label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";

  # ifname_valid() in systemd, without what a line of a unit file would not keep.
  isInterface =
    name:
    stringLength name <= 15
    && match "[!-~]+" name != null
    && match "[0-9]+|\\.|\\.\\.|all|default" name == null
    && match ".*[:/%\"'\\].*" name == null;
in
{
  # hostname_is_valid() in systemd: at most 64 characters.
  isMachineName = name: stringLength name <= 64 && match "${label}(\\.${label})*" name != null;

  # Its bridge is `vz-ZONE`, which must be the name of an interface, and no pattern where networkd matches it.
  isZone = zone: zone != "" && isInterface "vz-${zone}" && match ".*[]*?[!].*" zone == null;

  inherit isInterface;

  # `IFACE`, or `IFACE:NAME` for another name in the guest.
  isInterfacePair =
    pair:
    let
      names = builtins.filter builtins.isString (builtins.split ":" pair);
    in
    builtins.length names <= 2 && builtins.all isInterface names;
}
