# What is written on builtins alone, applied to each case of cases.ts.
{ cases }:
let
  declaration = import ../../nix/lib/declaration.nix;
  networkd = import ../../nix/lib/networkd.nix;
  dependencies = import ../../nix/lib/dependencies.nix;
  names = import ../../nix/lib/names.nix;
  unsupported = import ../../nix/lib/unsupported.nix;
  oldNames = import ../../nix/lib/old-names.nix;
  inherit (builtins) isAttrs mapAttrs;

  # What the options of a container evaluate to when nothing but `path` is set.
  defaults = {
    path = "/nix/var/nix/profiles/web";
    autoStart = true;
    activation = {
      strategy = "restart";
      timeout = "90s";
      rollback = true;
      probe = null;
      allowDegraded = false;
      settle = "3s";
    };
    binds = { };
    network = {
      veth = {
        enable = true;
        zone = null;
        hostDefaults = { };
        config = {
          host = null;
          container = null;
        };
      };
      forwardPorts = [ ];
      bridge = null;
      macvlan = [ ];
      ipvlan = [ ];
      interfaces = [ ];
      host = false;
    };
    store = "host";
    nixDaemon = "none";
    credentials = { };
    journal = "volatile";
    dependsOn = [ ];
    limits = { };
    userNamespace = "pick";
    settings = { };
  };
  overlay =
    a: b:
    a
    // mapAttrs (
      name: value: if isAttrs value && isAttrs (a.${name} or null) then overlay a.${name} value else value
    ) b;
in
{
  declarations = mapAttrs (_: options: declaration (overlay defaults options)) cases.declarations;
  # The options that are refused as not supported yet.
  unsupported = mapAttrs (_: options: unsupported.refused unsupported.container (overlay defaults options)) cases.unsupported;
  unsupportedSettings = mapAttrs (_: unsupported.refused unsupported.settings) cases.settings;
  oldNames = mapAttrs (_: builtins.attrNames) (removeAttrs oldNames [ "used" ]);
  networks = mapAttrs (_: networkd.toSections) cases.networks;
  guests = mapAttrs (_: networkd.toDefinitions) cases.guests;
  cycles = mapAttrs (_: dependencies.cycles) cases.graphs;
  unknown = mapAttrs (_: dependencies.unknown) cases.graphs;
  machineNames = map names.isMachineName cases.machineNames;
  zones = map names.isZone cases.zones;
  interfacePairs = map names.isInterfacePair cases.interfacePairs;
}
