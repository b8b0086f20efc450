# A virtual machine to play with: two containers, and systems to flip one of them between.
{
  pkgs,
  module,
  package,
}:
let
  page = text: {
    networking.firewall.allowedTCPPorts = [ 80 ];
    services.nginx = {
      enable = true;
      virtualHosts.default.locations."/".return = "200 '${text}\\n'";
    };
  };

  guest =
    { config, ... }:
    {
      documentation.enable = false;
      system.stateVersion = config.system.nixos.release;
    };

  web =
    version:
    (pkgs.nixos [
      module
      guest
      (page "This is web, version ${version}.")
      {
        networking.hostName = "web";
        virtualisation.nspawn.isContainer = true;
      }
    ]).toplevel;
  one = web "1";
  two = web "2";

  flip = pkgs.writeShellApplication {
    name = "flip";
    text = ''
      case ''${1-} in
        1) system=${one} ;;
        2) system=${two} ;;
        *) echo 'usage: flip 1|2' >&2; exit 2 ;;
      esac
      nix-env --profile /nix/var/nix/profiles/web --set "$system"
    '';
  };

  host =
    { config, ... }:
    {
      imports = [
        module
        (pkgs.path + "/nixos/modules/virtualisation/qemu-vm.nix")
      ];

      networking = {
        hostName = "nspawnd-demo";
        useNetworkd = true;
      };
      system.stateVersion = config.system.nixos.release;
      documentation.nixos.enable = false;

      services.nspawnd.package = package;
      virtualisation = {
        graphics = false;
        cores = 2;
        memorySize = 2048;
        diskImage = null;
        # Owners of the store can be mapped on an image, not on the directory that VMs share with their host.
        useNixStoreImage = true;
        writableStore = false;
        additionalPaths = [
          one
          two
        ];
        nspawn = {
          imports = [ guest ];
          containers = {
            web.path = "/nix/var/nix/profiles/web";
            other.config = page "This is other, part of the configuration of the host.";
          };
        };
      };

      systemd.services.demo-profile = {
        wantedBy = [ "multi-user.target" ];
        before = [ "nspawnd.service" ];
        path = [ config.nix.package ];
        serviceConfig.Type = "oneshot";
        script = "${flip}/bin/flip 1";
      };

      environment.systemPackages = [
        flip
        pkgs.curl
      ];
      services.getty.autologinUser = "root";
      users.motd = ''

        Two containers, web and other. To try:

          nspawnctl wait && nspawnctl list
          curl http://web http://other
          flip 2 && nspawnctl wait web && curl http://web
          machinectl poweroff web; nspawnctl status web; nspawnctl start web
          systemctl kill -s KILL nspawnd; machinectl list

        poweroff ends it; nothing is kept.
      '';
    };
in
(pkgs.nixos host).vm
