# What NixOS sets or starts by default, and a container with a user namespace of its own cannot do. docs/nixos-guests.md
# goes through the rest, and says why it can stay as it is.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkDefault mkIf;
  # Below what a user writes, above the mkDefault of nixpkgs.
  mkOurs = lib.mkOverride 900;
in
{
  config = mkIf config.virtualisation.nspawn.isContainer {
    # nixpkgs' default, "0 2147483647", names groups that a user namespace of 65536 does not have: EINVAL, for which
    # systemd-sysctl.service fails. It passes over all that a container may not set at all (EACCES, EROFS, ENOENT).
    boot.kernel.sysctl."net.ipv4.ping_group_range" = mkOurs "0 65535";

    systemd = lib.mkMerge [
      # It would copy systemd and a shell into a tmpfs at each stop of the machine. systemd-shutdown(8) does not go there in
      # a container.
      (lib.optionalAttrs (options.systemd ? shutdownRamfs) { shutdownRamfs.enable = mkOurs false; })
      {
        services = {
          # The store is the host's and read-only. A collection, which a configuration shared with the host may ask
          # for, would fail and leave the guest degraded.
          nix-gc = mkIf config.nix.enable {
            unitConfig.ConditionPathIsReadWrite = mkDefault "/nix/store";
          };
          # Policies are the kernel's, and the host's to load. ConditionSecurity=, which nixpkgs sets, can be met in a
          # guest that shares the host's network and so its /sys.
          apparmor = mkIf config.security.apparmor.enable {
            unitConfig.ConditionVirtualization = mkDefault "!container";
          };
        };
      }
    ];
  };
}
