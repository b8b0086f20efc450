# The containers of a host: options → /etc/nspawnd/containers.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatLists
    mapAttrs'
    mapAttrsToList
    mkOption
    types
    ;
  inherit (config.virtualisation.nspawn) containers;
  cfg = config.services.nspawnd;
  declarations = pkgs.callPackage ./declarations.nix {
    nspawnd = cfg.package;
    declarations = lib.mapAttrs (_: container: container.declaration) containers;
  };
in
{
  options.virtualisation.nspawn = {
    containers = mkOption {
      type = types.attrsOf (
        types.submoduleWith {
          shorthandOnlyDefinesConfig = true;
          modules = [ ./container ];
          specialArgs.host = { inherit config lib pkgs; };
        }
      );
      default = { };
      example = lib.literalExpression ''
        {
          web = {
            config = {
              services.nginx.enable = true;
              networking.firewall.allowedTCPPorts = [ 80 ];
            };
            binds."/var/www" = { hostPath = "/srv/www"; readOnly = true; };
          };
        }
      '';
      description = ''
        Containers of this host, by machine name: ephemeral {manpage}`systemd-nspawn(1)` machines that
        {manpage}`nspawnd(8)` keeps in step with their NixOS systems. See {manpage}`nspawnd.container(5)`.
      '';
    };

    imports = mkOption {
      type = types.listOf types.deferredModule;
      default = [ ];
      example = lib.literalExpression ''
        [
          { services.openssh.enable = true; }
          inputs.sops-nix.nixosModules.sops
        ]
      '';
      description = ''
        NixOS modules for every container that has a {option}`virtualisation.nspawn.containers.<name>.config`.
      '';
    };
  };

  config = lib.mkIf (containers != { }) {
    assertions =
      import ./assertions.nix { inherit config lib; }
      ++ concatLists (mapAttrsToList (_: container: container.assertions) containers);

    warnings =
      concatLists (mapAttrsToList (_: container: container.warnings) containers)
      ++ map (
        name:
        "systemd.nspawn.${name}: /etc/systemd/nspawn/${name}.nspawn wins over what nspawnd renders for the container of that name, which therefore is not started. Use virtualisation.nspawn.containers.${name}.settings instead."
      ) (lib.attrNames (builtins.intersectAttrs containers config.systemd.nspawn));

    environment.etc = lib.mkIf cfg.enable (
      mapAttrs' (
        name: _: lib.nameValuePair "nspawnd/containers/${name}.json" { source = "${declarations}/${name}.json"; }
      ) containers
    );
    systemd.services.nspawnd.reloadTriggers = lib.mkIf cfg.enable [ declarations ];

    # Each guest's systemd takes about five of a user's, by default 128 for all machines without a range of their own.
    # Weaker than mkDefault, with which nixpkgs may set more.
    boot.kernel.sysctl."fs.inotify.max_user_instances" = lib.mkOverride 1100 8192;
  };
}
