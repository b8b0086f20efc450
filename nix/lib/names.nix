# What systemd takes for a name. Builtins only.
let
  inherit (builtins) match stringLength;
  label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
in
{
  # hostname_is_valid() in systemd: at most 64 characters.
  isMachineName = name: stringLength name <= 64 && match "${label}(\\.${label})*" name != null;

  # Its bridge is `vz-ZONE`, which must fit into the 15 characters of an interface name.
  isZone = zone: stringLength zone <= 12 && match "[!-~]+" zone != null && match ".*[:/%].*" zone == null;
}
