# The reference of all options, as CommonMark.
{ pkgs, module }:
let
  inherit (pkgs) lib;

  # A whole NixOS: the defaults of some options are those of others.
  inherit (pkgs.nixos { imports = [ module ]; }) options;

  root = toString ../.;
in
(pkgs.nixosOptionsDoc {
  options = {
    services = { inherit (options.services) nspawnd; };
    virtualisation = { inherit (options.virtualisation) nspawn; };
  };
  # Where an option is declared: in this repository, not in somebody's store.
  transformOptions =
    option:
    option
    // {
      declarations = map (declaration: {
        name = lib.removePrefix "${root}/" (toString declaration);
      }) option.declarations;
    };
}).optionsCommonMark
