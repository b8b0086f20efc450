# The toplevel of a guest. `spec` is JSON, see guests.ts.
{ spec }:
let
  parts = builtins.mapAttrs (_: builtins.storePath) given.parts;
  given = builtins.fromJSON spec;
  etcFile = path: "${path} ${builtins.toFile "etc-file" given.etc.${path}}\n";
in
derivation {
  name = "nixos-system-${given.name}-${given.version}";
  system = builtins.currentSystem;
  builder = "${parts.busybox}/bin/busybox";
  args = [ "sh" "${parts.recipe}/build.sh" ];
  inherit (parts) busybox userland tiny recipe;
  inherit (given) kind version activation wanted;
  etc = builtins.concatStringsSep "" (map etcFile (builtins.attrNames given.etc));
  # A path of this version alone: two versions differ in more than their toplevels.
  application = builtins.toFile "${given.name}-${given.version}" "${given.name} ${given.version}\n";
}
