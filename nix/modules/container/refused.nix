# What is an error before anything is built: options of other container modules, and what nspawnd cannot do yet.
{
  config,
  lib,
  name,
  ...
}:
let
  oldNames = import ../../lib/old-names.nix;
  unsupported = import ../../lib/unsupported.nix;
  here = "virtualisation.nspawn.containers.${name}";

  # Not in the manual; only there so that whoever sets it is told what it is called here.
  oldOptions = lib.mapAttrs (
    old: _:
    lib.mkOption {
      type = lib.types.anything;
      default = null;
      visible = false;
      description = "Not an option of nspawnd: ${old} is one of another module.";
    }
  );

  wrong = message: {
    assertion = false;
    inherit message;
  };
  objections =
    at: old: options:
    map (
      { name, hint }: wrong "${at}.${name}: is an option of another container module. ${hint}"
    ) (oldNames.used old options);
in
{
  options = oldOptions oldNames.container // {
    activation = oldOptions oldNames.activation;
    network = oldOptions oldNames.network;
    binds = lib.mkOption {
      type = lib.types.attrsOf (lib.types.submodule { options = oldOptions oldNames.bind; });
    };
  };

  config.assertions =
    objections here oldNames.container config
    ++ objections "${here}.activation" oldNames.activation config.activation
    ++ objections "${here}.network" oldNames.network config.network
    ++ lib.concatLists (
      lib.mapAttrsToList (path: objections ''${here}.binds."${path}"'' oldNames.bind) config.binds
    )
    ++ map (option: wrong (unsupported.sentence "${here}.${option}" config.${option})) (
      unsupported.refused unsupported.container config
    );
}
