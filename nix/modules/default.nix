# nspawnd on NixOS: the daemon, the containers of a host, and what a system needs to be one.
{
  imports = [
    ./service.nix
    ./containers.nix
    ./host-network.nix
    ./guest.nix
  ];
}
