# One container: a room per feature. Each may add to `assertions` and `warnings`.
{
  config,
  lib,
  name,
  ...
}:
let
  inherit (lib) mkOption types;
  names = import ../../lib/names.nix;
in
{
  imports = [
    ./system.nix
    ./activation.nix
    ./files.nix
    ./network.nix
    ./refused.nix
    ./resources.nix
  ];

  options = {
    assertions = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      internal = true;
      description = "As of a NixOS system, about this container.";
    };
    warnings = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      description = "As of a NixOS system, about this container.";
    };
    guestModules = mkOption {
      type = types.listOf types.raw;
      internal = true;
      description = "What other options of the container mean for its own system: modules.";
    };
    declaration = mkOption {
      type = types.raw;
      readOnly = true;
      internal = true;
      default = import ../../lib/declaration.nix config;
      description = "What becomes {file}`/etc/nspawnd/containers/NAME.json`, see {manpage}`nspawnd.container(5)`.";
    };
  };

  config.assertions = [
    {
      assertion = names.isMachineName name;
      message = "virtualisation.nspawn.containers.${name}: `${name}` is not a machine name: labels of letters, digits and inner hyphens, separated by dots, at most 64 characters. Rename the container.";
    }
  ];
}
