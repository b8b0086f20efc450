# What all hosts of the tests have.
{ module, package }:
{
  config,
  lib,
  pkgs,
  ...
}:
{
  imports = [ module ];

  services.nspawnd.package = package;
  # And with it resolved, by which guests know the host's name. The other way is scripted-network.nix.
  networking.useNetworkd = lib.mkDefault true;

  virtualisation = {
    cores = 2;
    memorySize = 2048;
    # Owners of the store can be mapped on an image, not on the directory that VMs share with their host, nor on an
    # overlay.
    useNixStoreImage = true;
    writableStore = false;
    nspawn.imports = [ ./guest.nix ];
  };

  environment.systemPackages = [ pkgs.curl ];
  system.stateVersion = config.system.nixos.release;
}
