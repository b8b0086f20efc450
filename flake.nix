{
  description = "Declarative, ephemeral systemd-nspawn containers from Nix system profiles";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { nixpkgs, ... }:
    let
      perSystem =
        outputsOf:
        builtins.mapAttrs (_system: pkgs: outputsOf pkgs (import ./. { inherit pkgs; })) {
          inherit (nixpkgs.legacyPackages) aarch64-linux x86_64-linux;
        };
    in
    {
      nixosModules.default = ./nix/modules;
      overlays.default = import ./nix/overlay.nix;

      packages = perSystem (
        _pkgs: nspawnd: {
          default = nspawnd.package;
          nspawnd = nspawnd.package;
          inherit (nspawnd) options-doc;
        }
      );

      checks = perSystem (_pkgs: nspawnd: nspawnd.tests // { inherit (nspawnd) package options-doc; });

      apps = perSystem (
        _pkgs: nspawnd: {
          demo = {
            type = "app";
            program = "${nspawnd.demo}/bin/run-nspawnd-demo-vm";
            meta.description = "A virtual machine with two containers to play with";
          };
        }
      );

      devShells = perSystem (_pkgs: nspawnd: { default = nspawnd.devShell; });

      formatter = perSystem (pkgs: _nspawnd: pkgs.nixfmt-tree or pkgs.nixfmt);
    };
}
