# Resources, privileges, and the escape hatch.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  raw = import ../types.nix { inherit lib; };
in
{
  options = {
    limits = mkOption {
      type = types.attrsOf raw.setting;
      default = { };
      example = {
        MemoryMax = "1G";
        CPUQuota = "50%";
      };
      description = ''
        Settings of {manpage}`systemd.resource-control(5)` for the machine's unit. A change takes effect on the machine
        that runs, without a restart; only another `Slice` takes one.
      '';
    };

    userNamespace = mkOption {
      type = types.strMatching "pick|managed|no|[0-9]+:[0-9]+";
      default = "pick";
      example = "655360:65536";
      description = ''
        Which user IDs of the host the guest's are: `"pick"`, 65536 chosen for the name; `"UID:RANGE"`, these, both
        multiples of 65536; `"managed"`, as {manpage}`systemd-nsresourced.service(8)` gives out; or `"no"`, the
        same: root in the guest is root on the host, so only for guests that are trusted as the host is. `"managed"` is
        not supported yet.
      '';
    };

    settings = mkOption {
      type = raw.sections;
      default = { };
      example = {
        Exec.Capability = [ "CAP_SYS_NICE" ];
      };
      description = ''
        Raw sections of {manpage}`systemd.nspawn(5)`, merged last: `Exec`, `Files` and `Network`. A setting replaces
        nspawnd's, `null` leaves it out; those that may be given more than once, such as `Bind`, are added.
      '';
    };
  };
}
