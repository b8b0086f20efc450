# What of the host a guest sees, and what of it stays.
{
  config,
  lib,
  name,
  ...
}:
let
  inherit (lib) mkOption types;
  here = "virtualisation.nspawn.containers.${name}";
in
{
  options = {
    binds = mkOption {
      default = { };
      example = {
        "/var/lib/postgresql".hostPath = "/srv/containers/db";
        "/etc/site".readOnly = true;
      };
      description = ''
        Directories and files of the host in the guest, by their path there. Its root is empty at each start: anything
        that must persist needs one of these. Root in the guest can make setuid programs of root in it, with which
        users of the host become root: keep it below a directory that belongs to root and has mode 0700.
      '';
      type = types.attrsOf (
        types.submodule {
          options = {
            hostPath = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = "/srv/containers/db";
              description = "Path on the host. `null` means the same as in the guest. While it does not exist, the container waits.";
            };
            readOnly = mkOption {
              type = types.bool;
              default = false;
              example = true;
              description = "Whether the guest may only read it.";
            };
            options = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [ "rootidmap" ];
              description = ''
                Mount options as of `--bind=` in {manpage}`systemd-nspawn(1)`: `idmap`, `noidmap`, `rootidmap` or
                `owneridmap`, and `rbind` or `norbind`. Without one, files have the same owners in the guest and
                on disk. Where the file system can't do that (ramfs, overlayfs), the container waits until the
                source or this is changed; with `noidmap`, files belong to nobody in the guest.
              '';
            };
          };
        }
      );
    };

    store = mkOption {
      type = types.enum [
        "closure"
        "host"
      ];
      default = "host";
      example = "closure";
      description = ''
        What the guest sees of the Nix store: `"closure"`, only what its own system consists of, or `"host"`, the
        whole store of the host. Only `"host"` is supported yet.
      '';
    };

    nixDaemon = mkOption {
      type = types.enum [
        "none"
        "host"
        "private"
      ];
      default = "none";
      example = "private";
      description = ''
        Nix in the guest: `"none"`; `"host"`, the daemon of the host by its socket; or `"private"`, a daemon of its
        own on a writable overlay of the store. Only `"none"` is supported yet.
      '';
    };

    credentials = mkOption {
      default = { };
      example = lib.literalExpression ''
        {
          db-password.path = "/run/secrets/db-password";
          api-token = { path = "/etc/credstore.encrypted/web.api-token"; encrypted = true; };
          greeting.text = "not a secret";
        }
      '';
      description = ''
        Credentials for the guest's service manager, by their ID; its services take them with `LoadCredential=` or
        `ImportCredential=`, see {manpage}`systemd.exec(5)`. Not supported yet.
      '';
      type = types.attrsOf (
        types.submodule {
          options = {
            path = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = "/run/secrets/db-password";
              description = "File on the host with the content. Not a path of the store, which everybody can read.";
            };
            encrypted = mkOption {
              type = types.bool;
              default = false;
              example = true;
              description = "Whether the file is encrypted by {manpage}`systemd-creds(1)`.";
            };
            text = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = "not a secret";
              description = "The content itself. It is in the store, where everybody can read it.";
            };
          };
        }
      );
    };

    journal = mkOption {
      type = types.enum [
        "persistent"
        "volatile"
      ];
      default = "volatile";
      example = "persistent";
      description = ''
        The guest's journal: `"persistent"`, kept on the host over restarts, or `"volatile"`, gone with the guest.
        While the machine runs, `journalctl -M NAME` reads either. Only `"volatile"` is supported yet.
      '';
    };
  };

  config.assertions = lib.concatLists (
    lib.mapAttrsToList (id: credential: [
      {
        assertion = (credential.path == null) != (credential.text == null);
        message = "${here}.credentials.${id}: needs exactly one of `path` (a file of the host) and `text` (no secret).";
      }
      {
        assertion = credential.encrypted -> credential.path != null;
        message = "${here}.credentials.${id}.encrypted: only a file can be encrypted. Set `path` to what systemd-creds(1) wrote.";
      }
    ]) config.credentials
  );
}
