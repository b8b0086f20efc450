# Everything that the flake has, for those who use none: (import ./. { inherit pkgs; }).package
{
  pkgs ? import <nixpkgs> { },
}:
let
  module = ./nix/modules;
  tests = import ./nix/tests { inherit pkgs module package; };
  package = (pkgs.callPackage ./nix/package.nix { }).overrideAttrs (old: {
    passthru = (old.passthru or { }) // {
      tests = tests.checks;
    };
  });
in
{
  inherit module package;
  nixosModules.default = module;
  overlays.default = import ./nix/overlay.nix;

  # VM tests by name; `awaiting` holds those whose feature is not built yet.
  tests = tests.checks;
  inherit (tests) awaiting;

  # A virtual machine with the module and two containers.
  demo = import ./nix/demo.nix { inherit pkgs module package; };
  options-doc = import ./nix/options-doc.nix { inherit pkgs module; };

  # `npm test` is made for Debian's hosts: see the README.
  devShell = pkgs.mkShellNoCC {
    packages = [
      pkgs.nodejs_24
      pkgs.jq
      (pkgs.nixfmt-rfc-style or pkgs.nixfmt)
    ];
  };
}
