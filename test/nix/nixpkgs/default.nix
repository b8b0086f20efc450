# The modules in the real module system, for nixpkgs.test.ts. NIXPKGS is a nixpkgs, or only its `lib` and `nixos`: then
# packages are stubs.
{ nixpkgs }:
let
  lib = import (nixpkgs + "/lib");
  isWhole = builtins.pathExists (nixpkgs + "/pkgs/top-level/default.nix") && builtins.pathExists (nixpkgs + "/default.nix");
  pkgs =
    if isWhole then
      import nixpkgs { system = "x86_64-linux"; }
    else
      import ./stub-pkgs.nix { inherit nixpkgs lib; };
  evalSystem =
    modules:
    import (nixpkgs + "/nixos/lib/eval-config.nix") {
      inherit lib pkgs modules;
      system = null;
    };

  # What each system, host or guest, says that is none of our business.
  base = {
    system.stateVersion = lib.trivial.release;
    documentation.enable = false;
    virtualisation.nspawn.imports = [
      {
        system.stateVersion = lib.trivial.release;
        documentation.enable = false;
      }
    ];
  };
  machine = {
    boot.loader.grub.enable = false;
    # With it, networkd for containers alone is worth a warning, see the cases of `warnings`.
    networking.useDHCP = lib.mkDefault false;
    fileSystems."/".device = "/dev/vda";
  };
  evaluate =
    module:
    evalSystem [
      ../../../nix/modules
      base
      machine
      module
    ];

  failed = config: map (one: one.message) (lib.filter (one: !one.assertion) config.assertions);
  ours = lib.filter (lib.hasInfix "nspawn");

  look =
    module:
    let
      inherit (evaluate module) config;
      inherit (config.virtualisation.nspawn) containers;
    in
    {
      failed = failed config;
      warnings = ours config.warnings;
      # Not the path: that of a system by `config` is its toplevel, which stubs can't make.
      declarations = lib.mapAttrs (_: container: removeAttrs container.declaration [ "path" ]) containers;
    };

  host = evaluate;
  cases = import ./cases.nix { inherit lib nixpkgs base evalSystem pkgs; };
in
{
  inherit isWhole;
  release = lib.trivial.release;
  systems = lib.mapAttrs (_: look) cases.systems;
  # Provoked assertions: the messages only, since a declaration of what is wrong may not exist.
  assertions = lib.mapAttrs (_: module: ours (failed (evaluate module).config)) cases.assertions;
  # A container each, all of one host.
  oldNames =
    let
      old = lib.attrNames cases.oldNames;
      nameOf = name: "n${toString (lib.lists.findFirstIndex (one: one == name) null old)}";
      container = name: lib.nameValuePair (nameOf name) (cases.oldNames.${name} // { path = "/nix/store/x"; });
      inherit (evaluate { virtualisation.nspawn.containers = lib.listToAttrs (map container old); }) config;
    in
    lib.genAttrs old (name: failed config.virtualisation.nspawn.containers.${nameOf name});
  warnings = lib.mapAttrs (_: module: ours (evaluate module).config.warnings) cases.warnings;
  facts = lib.mapAttrs (_: fact: fact host) cases.facts;
  toplevels = lib.mapAttrs (
    _: module: baseNameOf (builtins.unsafeDiscardStringContext (evaluate module).config.system.build.toplevel.drvPath)
  ) cases.toplevels;
  options = import ./options.nix { inherit lib; inherit (evaluate { }) options; };
}
