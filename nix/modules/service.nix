# The daemon.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.nspawnd;

  levels = types.enum [
    "fatal"
    "error"
    "warn"
    "info"
    "debug"
    "trace"
    "silent"
  ];

  unsupported = import ../lib/unsupported.nix;

  settings = lib.filterAttrs (_: value: value != null) cfg.settings;
  settingsFile = pkgs.writeText "nspawnd.json" (builtins.toJSON settings);
in
{
  options.services.nspawnd = {
    enable = mkOption {
      type = types.bool;
      default = config.virtualisation.nspawn.containers != { };
      defaultText = lib.literalExpression "config.virtualisation.nspawn.containers != { }";
      example = true;
      description = ''
        Whether to run {manpage}`nspawnd(8)`, which keeps the containers of
        {option}`virtualisation.nspawn.containers`, and those declared by files in
        {file}`/etc/nspawnd/containers`, in step with their system profiles. Set it where containers come and go:
        else removing the last one turns the daemon off as well, and leaves its machine running.
      '';
    };

    package = mkOption {
      type = types.package;
      default = pkgs.nspawnd or (pkgs.callPackage ../package.nix { });
      defaultText = lib.literalExpression "pkgs.nspawnd or (pkgs.callPackage ./nix/package.nix { })";
      description = ''
        The nspawnd to use. Another one restarts the daemon, and no machine.
      '';
    };

    logLevel = mkOption {
      type = types.nullOr levels;
      default = null;
      example = "debug";
      description = ''
        How much the daemon logs; short for {option}`services.nspawnd.settings.logLevel`. The log is read by
        `journalctl -t nspawnd`.
      '';
    };

    settings = mkOption {
      default = { };
      example = {
        parallel = 8;
      };
      description = ''
        Settings of the daemon, {manpage}`nspawnd.json(5)`. Only what is set is written to
        {file}`/etc/nspawnd/nspawnd.json`.
      '';
      type = types.submodule {
        options = {
          parallel = mkOption {
            type = types.nullOr (types.ints.between 1 64);
            default = null;
            example = 8;
            description = ''
              How many machines may be starting or updating at once; stops are not bounded. nspawnd's own default is 4.
            '';
          };
          maxDown = mkOption {
            type = types.nullOr (types.ints.between 1 64);
            default = null;
            example = 1;
            description = ''
              How many machines may be in an update at once, from the stop until the new system was found
              healthy. nspawnd's own default is no bound.
            '';
          };
          logLevel = mkOption {
            type = types.nullOr levels;
            default = null;
            example = "debug";
            description = ''
              How much the daemon logs. nspawnd's own default is `info`.
            '';
          };
          journalMaxUse = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "1G";
            description = ''
              Not supported yet: leave it unset. How much disk space the journal of each guest may use on the host, as
              in {manpage}`journald.conf(5)`.
            '';
          };
        };
      };
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = map (option: {
      assertion = false;
      message = unsupported.sentence "services.nspawnd.settings.${option}" cfg.settings.${option};
    }) (unsupported.refused unsupported.settings cfg.settings);

    services.nspawnd.settings.logLevel = lib.mkIf (cfg.logLevel != null) cfg.logLevel;

    environment.etc."nspawnd/nspawnd.json" = lib.mkIf (settings != { }) { source = settingsFile; };
    # nspawnctl, its manual and completions, the polkit actions
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    # Who is not root may change a container only when polkit says so.
    security.polkit.enable = lib.mkDefault true;

    # For declarations that are written by hand, also where the configuration has none.
    systemd.tmpfiles.rules = [ "d /etc/nspawnd/containers 0755 root root -" ];

    systemd.packages = [ cfg.package ];
    systemd.services.nspawnd = {
      wantedBy = [
        "multi-user.target"
        "machines.target"
      ];
      # Never restartTriggers: what is in these files is read again on reload, and a reload that refuses one fails.
      reloadTriggers = lib.optional (settings != { }) settingsFile;
    };

    # systemd-stdio-bridge, by which systemd carries the daemon into guests
    systemd.services."nspawnd-guest@".path = [ config.systemd.package ];

    # Machines are the daemon's to restart: without this, switch-to-configuration restarts all of them whenever the
    # template differs, that is, with each new build of systemd.
    systemd.services."systemd-nspawn@" = {
      restartIfChanged = lib.mkDefault false;
      # umount, for the clean-up after a killed systemd-nspawn
      path = [ pkgs.util-linux ];
    };
  };
}
