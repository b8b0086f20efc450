# A switch of the host restarts the containers that changed, and those only.
{ prelude, lib, ... }:
let
  answering = text: {
    networking.firewall.allowedTCPPorts = [ 80 ];
    services.nginx = {
      enable = true;
      virtualHosts.default.locations."/".return = lib.mkDefault "200 '${text}'";
    };
  };
  changed.services.nginx.virtualHosts.default.locations."/".return = "200 'changed'";
in
{
  nodes.host = {
    system.switch.enable = true;
    virtualisation.nspawn.containers = {
      web.config = answering "first";
      untouched.config = answering "first";
      patient = {
        config = answering "first";
        restartIfChanged = false;
      };
      leaving.config = { };
    };

    specialisation.changed.configuration = {
      virtualisation.nspawn.containers = lib.mkForce {
        web.config.imports = [
          (answering "first")
          changed
        ];
        untouched.config = answering "first";
        patient = {
          config.imports = [
            (answering "first")
            changed
          ];
          restartIfChanged = false;
        };
        arriving.config = { };
      };
    };
  };

  testScript =
    prelude
    + ''
      def answer(name: str) -> str:
          return host.wait_until_succeeds(f"curl --fail --silent http://{name}")

      settled()
      for name in ["web", "untouched", "patient"]:
          equal(answer(name), "first")
      before = {name: invocation(name) for name in ["web", "untouched", "patient"]}
      daemon = host.succeed("systemctl show -P MainPID nspawnd").strip()

      host.succeed("/run/booted-system/specialisation/changed/bin/switch-to-configuration test >&2")
      settled()

      with subtest("what changed was restarted"):
          equal(answer("web"), "changed")
          assert invocation("web") != before["web"]

      with subtest("what did not was left alone"):
          equal(invocation("untouched"), before["untouched"])

      with subtest("restartIfChanged = false waits for the next start"):
          equal(invocation("patient"), before["patient"])
          equal(answer("patient"), "first")
          host.succeed("nspawnctl restart patient")
          settled("patient")
          equal(answer("patient"), "changed")

      with subtest("containers come and go with their declarations"):
          invocation("arriving")
          host.wait_until_fails("machinectl status leaving")
          host.wait_until_fails("test -e /run/systemd/nspawn/leaving.nspawn")
          host.wait_until_fails("test -e /var/lib/machines/leaving")

      with subtest("the daemon itself was reloaded, not restarted"):
          equal(host.succeed("systemctl show -P MainPID nspawnd").strip(), daemon)

      with subtest("the way back restarts the same one again"):
          host.succeed("/run/booted-system/bin/switch-to-configuration test >&2")
          settled()
          equal(answer("web"), "first")
          equal(invocation("untouched"), before["untouched"])
          nothing_to_do()
    '';
}
