# How a container is connected.
{
  config,
  host,
  lib,
  name,
  options,
  ...
}:
let
  inherit (lib) mkOption types;
  raw = import ../types.nix { inherit lib; };
  names = import ../../lib/names.nix;
  networkd = import ../../lib/networkd.nix;
  here = "virtualisation.nspawn.containers.${name}.network";
  cfg = config.network;
  veth = cfg.veth;
  orNothing = value: if value == null then { } else value;
  guestEnd = networkd.toDefinitions (orNothing veth.config.container);

  given = lib.filterAttrs (_: isGiven: isGiven) {
    "veth.zone" = veth.zone != null;
    "veth.config.host" = veth.config.host != null;
    "veth.config.container" = veth.config.container != null;
    bridge = cfg.bridge != null;
    forwardPorts = cfg.forwardPorts != [ ];
    macvlan = cfg.macvlan != [ ];
    ipvlan = cfg.ipvlan != [ ];
    interfaces = cfg.interfaces != [ ];
  };
  beside = lib.attrNames given;
  links = [
    "macvlan"
    "ipvlan"
    "interfaces"
  ];
  # Ports may lead to another link.
  needVeth = lib.subtractLists (
    links ++ lib.optional (lib.any (link: given ? ${link}) links) "forwardPorts"
  ) beside;

  problem = option: problem: {
    assertion = false;
    message = "${here}.veth.config.${option}: ${problem}.";
  };

  # Of a guest without a network of its own: its networkd, resolved and firewall would find nothing that is theirs.
  onHostNetwork = {
    networking = {
      useNetworkd = lib.mkOverride 900 false;
      useHostResolvConf = lib.mkOverride 850 true;
      firewall.enable = lib.mkOverride 900 false;
    };
    services.resolved.enable = lib.mkOverride 900 false;
  };

  # With no link that networkd configures, systemd-networkd-wait-online fails after two minutes, and what wants
  # network-online.target waits as long: https://github.com/systemd/systemd/issues/29388
  withoutVeth =
    { config, ... }:
    {
      systemd.network.wait-online.enable = lib.mkOverride 900 (
        removeAttrs config.systemd.network.networks [ "10-container-host0" ] != { }
      );
    };

  # The bridge of a zone has one configuration: of the members that give it, or of all where none does.
  isSpokesman =
    veth.zone == null
    || veth.config.host != null
    || lib.all (other: other.network.veth.zone != veth.zone || other.network.veth.config.host == null) (
      lib.attrValues host.config.virtualisation.nspawn.containers
    );

  interfaces =
    what:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "eth1:lan" ];
      description = ''
        Interfaces of the host ${what}. `"eth1:lan"` names the interface on the host and in the guest.
      '';
    };
in
{
  options.network = {
    host = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Whether the guest shares the network of the host. Excludes all else of {option}`network`.
      '';
    };

    veth = {
      enable = mkOption {
        type = types.bool;
        default = !cfg.host;
        defaultText = lib.literalExpression "!network.host";
        example = false;
        description = ''
          Whether there is a virtual link between host and guest: `ve-NAME` here, `host0` there, with addresses by
          DHCP from {manpage}`systemd-networkd.service(8)`, names by mDNS and LLMNR, and masquerading.
        '';
      };

      zone = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "internal";
        description = ''
          Zone of the link, at most 12 characters: its host's end is a port of the bridge `vz-ZONE`, with all other
          containers of that zone.
        '';
      };

      hostDefaults = mkOption {
        type = raw.sections;
        internal = true;
        description = "Sections of {manpage}`systemd.network(5)` for what {option}`network.veth.config.host` leaves open.";
      };

      config.host = mkOption {
        type = types.nullOr raw.network;
        default = null;
        example = {
          networkConfig = {
            Address = [ "10.23.42.1/28" ];
            DHCPServer = false;
          };
          routes = [ { Destination = "10.24.0.0/16"; } ];
        };
        description = ''
          Configuration of the host's end, with the attributes of {option}`systemd.network.networks.<name>` or
          sections of {manpage}`systemd.network(5)` by their own names, merged over nspawnd's: a setting replaces
          its default, `null` leaves it out. What the link is called (`matchConfig`) is known. In a zone it is the
          bridge's, and must be the same for all members that set it.
        '';
      };

      config.container = mkOption {
        type = types.nullOr raw.network;
        default = null;
        example = {
          networkConfig = {
            DHCP = false;
            Address = [ "10.23.42.2/28" ];
            Gateway = "10.23.42.1";
          };
        };
        description = ''
          Configuration of the guest's end, `host0`: merged into
          {option}`systemd.network.networks."10-container-host0"` of {option}`config`. A system given by
          {option}`path` sets that itself.
        '';
      };
    };

    forwardPorts = mkOption {
      default = [ ];
      example = [
        {
          hostPort = 8080;
          containerPort = 80;
        }
      ];
      description = ''
        Ports of the host that lead into the guest: from outside and by addresses of the host, not by 127.0.0.1. They
        pass by the host's firewall, not by the guest's.
      '';
      type = types.listOf (
        types.submodule {
          options = {
            protocol = mkOption {
              type = types.enum [
                "tcp"
                "udp"
              ];
              default = "tcp";
              example = "udp";
              description = "The protocol.";
            };
            hostPort = mkOption {
              type = types.ints.between 1 65535;
              example = 8080;
              description = "The port on the host.";
            };
            containerPort = mkOption {
              type = types.nullOr (types.ints.between 1 65535);
              default = null;
              example = 80;
              description = "The port in the guest. `null` means the same as on the host.";
            };
          };
        }
      );
    };

    bridge = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "br0";
      description = ''
        A bridge of the host that the host's end of the link is made a port of. Its addresses, DHCP server and firewall
        are up to its own configuration.
      '';
    };

    macvlan = interfaces "to put a MACVLAN link on for the guest";
    ipvlan = interfaces "to put an IPVLAN link on for the guest";
    interfaces = interfaces "to move into the guest";
  };

  config = {
    network.veth.hostDefaults = lib.optionalAttrs (
      veth.enable && cfg.bridge == null && isSpokesman
    ) host.config.virtualisation.nspawn.linkDefaults;

    guestModules = [
      (lib.mkIf cfg.host onHostNetwork)
      (lib.mkIf (!cfg.host && !veth.enable) withoutVeth)
    ]
    ++ lib.optionals (veth.config.container != null) (
      map (definition: { systemd.network.networks."10-container-host0" = definition; }) guestEnd.definitions
    );

    assertions = [
      {
        assertion = cfg.host -> !veth.enable;
        message = "${here}.veth.enable: does not go with network.host, which shares the host's network. Set one of them to false.";
      }
      {
        assertion = cfg.host -> beside == [ ];
        message = "${here}: ${lib.concatStringsSep ", " beside} cannot be combined with network.host, which shares the host's network. Remove network.host or these.";
      }
      {
        assertion = cfg.host || veth.enable || needVeth == [ ];
        message = "${here}: ${lib.concatStringsSep ", " needVeth} cannot be had without a link. Set network.veth.enable = true, or remove these.";
      }
      {
        assertion = veth.zone == null || names.isZone veth.zone;
        message = "${here}.veth.zone: `${toString veth.zone}` is no name for a zone: at most 12 characters, letters, digits and such as `-`, `_` and `.`. systemd-nspawn would silently go without. Rename it.";
      }
      {
        assertion = cfg.bridge == null || names.isInterface cfg.bridge;
        message = "${here}.bridge: `${toString cfg.bridge}` is no name for an interface: at most 15 characters, without spaces, quotes, colon, slash, backslash and percent sign.";
      }
      {
        assertion = veth.zone == null || cfg.bridge == null;
        message = "${here}.bridge: cannot be combined with network.veth.zone, which is a bridge of its own. Remove one of them.";
      }
      {
        assertion = veth.config.host == null || cfg.bridge == null;
        message = "${here}.veth.config.host: cannot be combined with network.bridge, whose own configuration decides. Configure ${toString cfg.bridge} in systemd.network.networks.";
      }
    ]
    ++ lib.concatMap (
      kind:
      map (pair: {
        assertion = names.isInterfacePair pair;
        message = "${here}.${kind}: `${pair}` is neither the name of an interface nor a pair of them, `eth1:lan`: at most 15 characters each, without spaces, quotes, slash, backslash and percent sign.";
      }) cfg.${kind}
    ) links
    ++ map (problem "host") (networkd.toSections (orNothing veth.config.host)).problems
    ++ map (problem "container") guestEnd.problems;

    warnings = lib.optional (veth.config.container != null && !options.config.isDefined) (
      "${here}.veth.config.container: has no effect with `path`, whose system configures its own end of the link. Set systemd.network.networks.\"10-container-host0\" in that system."
    );
  };
}
