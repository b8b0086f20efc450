# What is wrong with containers taken together, or with the host for them.
{ config, lib }:
let
  inherit (lib) attrNames concatStringsSep filterAttrs;
  inherit (config.virtualisation.nspawn) containers;
  dependencies = import ../lib/dependencies.nix;
  option = name: "virtualisation.nspawn.containers.${name}";

  wrong = message: {
    assertion = false;
    inherit message;
  };

  graph = lib.mapAttrs (_: container: container.dependsOn) containers;
  # That a container depends on itself is its own assertion.
  others = lib.mapAttrs (name: lib.remove name) graph;

  # Zone → the names of its members that say something about the host's end, which is one bridge for all.
  configured = filterAttrs (
    _: { network, ... }: network.veth.enable && network.veth.zone != null && network.veth.config.host != null
  ) containers;
  zones = lib.groupBy (name: containers.${name}.network.veth.zone) (attrNames configured);
  hostSections = name: containers.${name}.declaration.network.veth.config.host;

  inConflict =
    zone: names:
    let
      first = lib.head names;
    in
    map (
      name:
      wrong "${option name}.network.veth.config.host: differs from that of ${first}, though both are in the zone `${zone}`, whose bridge has one configuration. Set it for one of them, or the same for both."
    ) (lib.filter (name: hostSections name != hostSections first) names);
in
[
  {
    assertion = config.services.nspawnd.enable;
    message = "virtualisation.nspawn.containers: ${concatStringsSep ", " (attrNames containers)} would not run, since services.nspawnd.enable is false. Enable it, or remove the containers.";
  }
]
++ map (
  { name, missing }:
  wrong "${option name}.dependsOn: there is no container `${missing}`. The containers of this host are: ${concatStringsSep ", " (attrNames containers)}."
) (dependencies.unknown graph)
++ map (
  cycle:
  wrong "${option (lib.head cycle)}.dependsOn: ${concatStringsSep " → " cycle} is a cycle, so none of them could start first. Remove one of these dependencies."
) (dependencies.cycles others)
++ lib.concatLists (lib.mapAttrsToList inConflict zones)
