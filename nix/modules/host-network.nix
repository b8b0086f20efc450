# The host's ends of the links of containers: what networkd, the firewall and everything else that configures links must
# know of them. How the host itself is networked stays as it is.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkDefault mkIf;
  inherit (config.virtualisation.nspawn) containers;
  inherit (config.systemd) network;
  inherit (config.networking) useDHCP useNetworkd;

  veths = lib.filter (container: container.network.veth.enable) (lib.attrValues containers);
  zoned = lib.filter (container: container.network.veth.zone != null) veths;
  # The bridge is somebody's own, and so are the ports that are open on it.
  routed = lib.filter (
    container: container.network.veth.zone == null && container.network.bridge == null
  ) veths;

  # networkd has only links of containers to configure; the host's own are another's, such as scripts and dhcpcd.
  isAside = !useNetworkd && network.networks == { };
  # Nobody but us has turned it on.
  isOurs = options.systemd.network.enable.highestPrio >= (mkDefault null).priority;

  # iptables and nftables write "any interface that begins with" differently, and refuse or misread the other's way.
  backend =
    config.networking.firewall.backend
      or (if config.networking.nftables.enable then "nftables" else "iptables");
  wildcard = if backend == "iptables" then "+" else "*";
  openPorts = {
    allowedUDPPorts = [
      67 # DHCP
      5353 # mDNS
      5355 # LLMNR
    ];
    allowedTCPPorts = [
      5355 # LLMNR, for answers that do not fit
    ];
  };

  # networkd hands out the name servers of an uplink that it has configured. Where it has not, those of this option are
  # known at least, and serve guests unless they are the host's own.
  nameservers =
    let
      addresses = map (server: lib.head (lib.splitString "#" server)) config.networking.nameservers;
      isV6 = lib.hasInfix ":";
      serves =
        address: address != "::1" && !lib.hasPrefix "127." address && !lib.hasPrefix "fe80:" address;
    in
    lib.partition isV6 (lib.filter serves addresses);

  # What networkd does for IPMasquerade=, on all links of the host: forward packets. Of the members of a zone those count
  # that give the configuration of its bridge, if any does.
  masqueraded =
    let
      sections = container: container.declaration.network.veth.config.host;
      speaks =
        { network, ... }@container:
        network.bridge == null
        && (
          sections container != null
          || network.veth.zone == null
          || lib.all (
            other: other.network.veth.zone != network.veth.zone || sections other == null
          ) veths
        );
      default.IPMasquerade = "both";
      of =
        container:
        let
          given = if sections container == null then { } else sections container;
          network = if given ? Network && given.Network == null then { } else default // (given.Network or { });
        in
        lib.last ([ null ] ++ lib.toList (network.IPMasquerade or null));
    in
    map of (lib.filter speaks veths);
  forwards = words: lib.any (word: lib.elem word words) masqueraded;
  forwardsV4 = forwards [
    "both"
    "ipv4"
    "yes"
    true
  ];
  forwardsV6 = forwards [
    "both"
    "ipv6"
  ];

  # Networks of the host that are read before 70-nspawnd-*, and whose only conditions a veth meets as well: the first
  # file that matches a link is its configuration.
  takesOver =
    name: { enable, matchConfig, ... }:
    let
      words = key: lib.concatMap (lib.splitString " ") (lib.toList (matchConfig.${key} or [ ]));
      isMet = {
        Name = lib.any (word: lib.elem word [ "*" "v*" "ve*" ] || lib.hasPrefix "ve-" word) (words "Name");
        Type = lib.elem "ether" (words "Type");
      };
    in
    enable
    && name < "70-nspawnd-"
    && matchConfig != { }
    && lib.all (key: isMet.${key} or false) (lib.attrNames matchConfig);
in
{
  options.virtualisation.nspawn.linkDefaults = lib.mkOption {
    type = lib.types.raw;
    internal = true;
    readOnly = true;
    default = lib.optionalAttrs isAside (
      lib.optionalAttrs (nameservers.wrong != [ ]) { DHCPServer.DNS = nameservers.wrong; }
      // lib.optionalAttrs (nameservers.right != [ ]) { IPv6SendRA.DNS = nameservers.right; }
    );
    description = "Sections of {manpage}`systemd.network(5)` for the host's ends of links, by how the host is networked.";
  };

  config = mkIf (veths != [ ]) {
    systemd.network = {
      enable = mkDefault true;
      # It would wait for a link that is required for being online, fail after two minutes, and hold up what wants
      # network-online.target: those of containers are not required, and there are no others.
      wait-online.enable = mkIf isAside (mkDefault false);
      # By default networkd removes the routing rules of others, for example of wg-quick, as soon as it has one link.
      config.networkConfig = mkIf isAside {
        ManageForeignRoutes = mkDefault false;
        ManageForeignRoutingPolicyRules = mkDefault false;
      };
    };
    # The third of the kind, which not every nixpkgs has a setting for; without it, nexthop objects of FRR are removed.
    environment.etc."systemd/networkd.conf.d/50-nspawnd.conf" = mkIf (isAside && network.enable) {
      text = ''
        [Network]
        ManageForeignNextHops=no
      '';
    };

    # nixpkgs turns it on with networkd, and so changes how the host resolves names. It is not needed for those of
    # containers: nss-mymachines(8) knows them.
    services.resolved.enable = mkIf (isAside && isOurs) (lib.mkOverride 990 false);

    boot.kernel.sysctl = lib.mkMerge [
      # networkd turns it on, and nixpkgs' default off again whenever a switch applies other kernel parameters.
      (mkIf forwardsV4 { "net.ipv4.conf.all.forwarding" = lib.mkOverride 900 true; })
      # Where packets are forwarded, the kernel drops the default route of router advertisements, and accepts no other,
      # unless told: Documentation/networking/ip-sysctl.rst. networkd and dhcpcd take care of that for links of theirs.
      (mkIf (forwardsV6 && isAside) (
        lib.mapAttrs' (
          name: _: lib.nameValuePair "net.ipv6.conf.${lib.replaceStrings [ "." ] [ "/" ] name}.accept_ra" (mkDefault 2)
        ) config.networking.interfaces
      ))
    ];

    networking.dhcpcd.denyInterfaces = [
      "ve-*"
      "vb-*"
      "vz-*"
    ];
    services.udev.extraRules = mkIf config.networking.networkmanager.enable ''
      ENV{INTERFACE}=="v[ebz]-*", ENV{NM_UNMANAGED}="1"
    '';

    networking.firewall.interfaces = lib.mkMerge [
      (mkIf (routed != [ ]) { "ve-${wildcard}" = openPorts; })
      (mkIf (zoned != [ ]) { "vz-${wildcard}" = openPorts; })
    ];

    assertions = [
      {
        assertion = network.enable;
        message = "virtualisation.nspawn.containers: the host's end of a container's link is set up by systemd-networkd, which is off. Remove systemd.network.enable = false, or set network.veth.enable = false for ${
          lib.concatStringsSep ", " (
            lib.attrNames (lib.filterAttrs (_: container: container.network.veth.enable) containers)
          )
        }. networking.useNetworkd is not needed: networkd leaves links alone that it has no network for.";
      }
    ];

    warnings =
      lib.optional (isAside && isOurs && useDHCP)
        "virtualisation.nspawn.containers: systemd-networkd runs on this host for the links of containers, and dhcpcd for all others, which nixpkgs warns of. They do not share a link: networkd has no network for the host's, and dhcpcd leaves ve-*, vb-* and vz-* alone. But networkd cannot hand out the name servers that dhcpcd was given. Set networking.nameservers for the containers, and instead of networking.useDHCP set networking.interfaces.<name>.useDHCP = true for the links of the host with DHCP, which ends both warnings. Or let networkd configure the host too, by networking.useNetworkd = true; a remote host should try that with `nixos-rebuild test` first."
      ++ map (
        name:
        "systemd.network.networks.${name}: also matches the links of containers (ve-*), and is read before what nspawnd renders for them, so that they stay without addresses. Add Kind = \"!*\" to its matchConfig, or name the host's links in it."
      ) (lib.attrNames (lib.filterAttrs takesOver network.networks));
  };
}
