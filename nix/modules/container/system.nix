# The system that a container runs.
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
  here = "virtualisation.nspawn.containers.${name}";
  isUnset = option: option.highestPrio >= (lib.mkOptionDefault null).priority;
  hasPath = !isUnset options.path;

  evaluate =
    definitions:
    let
      own = config.nixpkgs == null;
      nixpkgs = if own then host.pkgs.path else config.nixpkgs;
    in
    (import "${toString nixpkgs}/nixos/lib/eval-config.nix" (
      {
        modules = [
          ../guest.nix
          guest
          (packages own)
        ]
        ++ config.guestModules
        ++ host.config.virtualisation.nspawn.imports
        ++ map (definition: lib.setDefaultModuleLocation definition.file definition.value) definitions;
        inherit (config) specialArgs;
        prefix = [
          "virtualisation"
          "nspawn"
          "containers"
          name
          "config"
        ];
        system = null;
      }
      // lib.optionalAttrs own { lib = host.lib; }
    )).config;

  guest = {
    virtualisation.nspawn.isContainer = true;
    networking.hostName = lib.mkDefault (lib.head (lib.splitString "." name));
  };

  # The host's packages, evaluated once for all, unless the guest wants something else of nixpkgs than overlays.
  packages =
    own:
    { options, ... }:
    let
      option = options.nixpkgs;
      legacy = !(isUnset option.system && isUnset option.localSystem && isUnset option.crossSystem);
      isConfigured = !isUnset option.config || legacy;
      # Ours, below, is weaker than anything that a guest says.
      hasPlatform = option.hostPlatform.highestPrio < 1400;
      platform = host.pkgs.stdenv.hostPlatform;
    in
    {
      nixpkgs.pkgs = lib.mkIf (own && !isConfigured && !hasPlatform) (lib.mkDefault host.pkgs);
      nixpkgs.hostPlatform = lib.mkIf ((!own || isConfigured) && !legacy) (
        lib.mkOverride 1400 (if own then platform else platform.system)
      );
    };
in
{
  options = {
    config = mkOption {
      type = lib.mkOptionType {
        name = "Toplevel NixOS config";
        description = "NixOS module";
        merge = _: evaluate;
      };
      example = lib.literalExpression ''
        { pkgs, ... }: {
          services.nginx.enable = true;
          networking.firewall.allowedTCPPorts = [ 80 ];
          environment.systemPackages = [ pkgs.htop ];
        }
      '';
      description = ''
        The system of the container, as a NixOS module; several definitions are merged. It is evaluated with the
        packages of the host, unless it sets `nixpkgs.config` or `nixpkgs.hostPlatform`, or
        {option}`nixpkgs` is set. Either this or {option}`path` is required.
      '';
    };

    path = mkOption {
      type = types.nullOr types.path;
      default = if options.config.isDefined then config.config.system.build.toplevel else null;
      defaultText = lib.literalExpression "config.system.build.toplevel";
      example = "/nix/var/nix/profiles/web";
      description = ''
        The system to run: a store path, or a symbolic link to one over any number of links, usually a profile of
        {manpage}`nix-env(1)`. When the profile moves, nspawnd updates the machine; the host need not be rebuilt.
        Systems for this set {option}`virtualisation.nspawn.isContainer`. Either this or {option}`config` is
        required.
      '';
    };

    nixpkgs = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "inputs.nixpkgs-unstable";
      description = ''
        Another nixpkgs, a path or a flake's input, to evaluate {option}`config` with: its modules and its
        packages. `null` means those of the host.
      '';
    };

    specialArgs = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      example = lib.literalExpression "{ inherit inputs; }";
      description = ''
        Arguments for the modules of {option}`config`, which they may use in `imports` too.
      '';
    };

    autoStart = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = ''
        Whether to start the machine when the host boots, and when the container first appears. Otherwise it is
        started by hand, `nspawnctl start NAME`, and kept up to date while it runs.
      '';
    };

    dependsOn = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "database" ];
      description = ''
        Other containers, which are started before this one and stopped after it, where both are to be: nothing is
        started or stopped for another's sake.
      '';
    };
  };

  config = {
    assertions = [
      {
        assertion = options.config.isDefined || hasPath;
        message = "${here}: has no system. Set either `config` (a NixOS module) or `path` (a system or a profile).";
      }
      {
        assertion = !(options.config.isDefined && hasPath);
        message = "${here}: has two systems, `config` and `path`. Set one of them; what `path` points to brings its own configuration.";
      }
      {
        assertion = !lib.elem name config.dependsOn;
        message = "${here}.dependsOn: `${name}` cannot depend on itself. Remove it from the list.";
      }
    ];
    warnings = lib.optional (!options.config.isDefined && (config.nixpkgs != null || config.specialArgs != { })) (
      "${here}: `nixpkgs` and `specialArgs` are for `config`, and do nothing with `path`."
    );
  };
}
