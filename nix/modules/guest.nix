# What a NixOS system needs to run as a container of nspawnd.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkDefault mkOverride;
  cfg = config.virtualisation.nspawn;

  # Below what a user writes, above the mkDefault of nixpkgs' own container profile.
  mkOurs = mkOverride 900;

  # Mounted by systemd-nspawn before init runs; older nixpkgs cannot leave them out, and remount them.
  mounted = [
    "/dev"
    "/dev/pts"
    "/dev/shm"
    "/proc"
    "/run"
  ];
  canLeaveOut = (options.boot.specialFileSystems.type.getSubOptions [ ]) ? enable;

  container =
    if options.boot ? isNspawnContainer then
      { isNspawnContainer = true; }
    else
      {
        isContainer = true;
        specialFileSystems = lib.mkIf canLeaveOut (lib.genAttrs mounted (_: { enable = false; }));
      };
in
{
  imports = [ ./out-of-reach.nix ];

  options.virtualisation.nspawn.isContainer = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = ''
      Whether this system runs as a container of {manpage}`nspawnd(8)`: without kernel and boot loader, with
      {manpage}`systemd-networkd.service(8)` on `host0`, the link to its host. Set by
      {option}`virtualisation.nspawn.containers.<name>.config`; set it yourself in a system that
      {option}`virtualisation.nspawn.containers.<name>.path` or a profile points to.
    '';
  };

  config = lib.mkIf cfg.isContainer {
    boot = container;

    # `machinectl login` needs a getty, and root without a password can log in there and nowhere else.
    console.enable = mkOurs true;
    users.users.root.initialHashedPassword = mkOverride 150 "";

    networking = {
      useNetworkd = mkDefault true;
      useDHCP = mkDefault false;
      # resolved asks by host0; the host's file would name servers that are not reachable from here.
      useHostResolvConf = mkOurs false;
      firewall.interfaces.host0 = {
        allowedUDPPorts = [
          5353 # mDNS
          5355 # LLMNR
        ];
        allowedTCPPorts = [
          5355 # LLMNR, for answers that do not fit
        ];
      };
    };
    services.resolved.enable = mkDefault true;

    systemd.network.networks."10-container-host0" = {
      matchConfig = {
        Kind = mkDefault "veth";
        Name = mkDefault "host0";
        Virtualization = mkDefault "container";
      };
      networkConfig = {
        DHCP = mkDefault true;
        LinkLocalAddressing = mkDefault true;
        LLDP = mkDefault true;
        EmitLLDP = mkDefault "customer-bridge";
        IPv6AcceptRA = mkDefault true;
        # Nobody else is on the link: an address is usable at once.
        IPv6DuplicateAddressDetection = mkDefault 0;
        MulticastDNS = mkDefault true;
      };
    };
  };
}
