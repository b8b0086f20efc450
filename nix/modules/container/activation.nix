# How another system takes effect.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    restartIfChanged = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = ''
        Whether a change takes effect at once. `false` is short for
        {option}`activation.strategy` `"none"`: it applies at the next start.
      '';
    };

    activation = {
      strategy = mkOption {
        type = types.enum [
          "restart"
          "reload"
          "dynamic"
          "none"
        ];
        default = if config.restartIfChanged then "restart" else "none";
        defaultText = lib.literalExpression ''if restartIfChanged then "restart" else "none"'';
        example = "dynamic";
        description = ''
          How another system takes effect. `"restart"`: the machine is stopped and started. `"reload"`: the running
          guest switches to it; changed units of the host apply at the next start. `"dynamic"`: reload when only
          the system changed, else restart. `"none"`: at the next start, and nothing is rolled back for its health.
        '';
      };

      timeout = mkOption {
        type = types.str;
        default = "90s";
        example = "5min";
        description = ''
          By when the guest must have reported that it is ready, or must have switched, and must have been found
          healthy, as a time span of {manpage}`systemd.time(7)`. Else the update has failed. It counts anew for each
          start and switch, the return to the last good system included.
        '';
      };

      rollback = mkOption {
        type = types.bool;
        default = true;
        example = false;
        description = ''
          Whether to return to the last good system, with the units that it was good with, when an update fails. The
          profile is not moved by this.
        '';
      };

      probe = mkOption {
        type = types.nullOr (
          types.submodule {
            options = {
              command = mkOption {
                type = types.nonEmptyListOf types.str;
                example = [
                  "/run/current-system/sw/bin/curl"
                  "-f"
                  "http://localhost"
                ];
                description = "The command and its arguments, as the guest knows them.";
              };
              timeout = mkOption {
                type = types.str;
                default = "30s";
                example = "2min";
                description = "By when it must have succeeded, as a time span of {manpage}`systemd.time(7)`; by `activation.timeout` in any case.";
              };
            };
          }
        );
        default = null;
        example = lib.literalExpression ''
          { command = [ "/run/current-system/sw/bin/curl" "-f" "http://localhost" ]; }
        '';
        description = ''
          A command that is run in the guest after each start and live switch, and must succeed for its system to be
          good.
        '';
      };

      allowDegraded = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = ''
          Whether an update is good though the guest has failed units.
        '';
      };

      settle = mkOption {
        type = types.str;
        default = "3s";
        example = "30s";
        description = ''
          How long the guest must have been healthy before its system is good, as a time span of
          {manpage}`systemd.time(7)`; `"0s"`: at once. A service that fails and is restarted by systemd all the time
          looks healthy in between. `nspawnctl wait` takes that much longer; the guest serves meanwhile.
        '';
      };
    };
  };
}
