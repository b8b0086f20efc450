# Strategy reload: the running guest switches to another system; no restart.
{ prelude, lib, ... }:
{
  nodes.host = {
    system.switch.enable = true;
    virtualisation.nspawn.containers.web = {
      activation.strategy = "reload";
      config = {
        networking.firewall.allowedTCPPorts = [ 80 ];
        services.nginx = {
          enable = true;
          virtualHosts.default.locations."/".return = lib.mkDefault "200 'first'";
        };
        # Not part of what changes: it runs on.
        systemd.services.bystander = {
          wantedBy = [ "multi-user.target" ];
          script = "exec sleep infinity";
        };
      };
    };
    specialisation.changed.configuration.virtualisation.nspawn.containers.web.config.services.nginx.virtualHosts.default.locations."/".return =
      "200 'changed'";
    specialisation.other-units.configuration.virtualisation.nspawn.containers.web.binds."/etc/host-release" =
      {
        hostPath = "/etc/os-release";
        readOnly = true;
      };
  };

  testScript =
    prelude
    + ''
      bystander = "systemctl --machine web show -P MainPID bystander"

      settled("web")
      equal(host.wait_until_succeeds("curl --fail --silent http://web"), "first")
      before = invocation("web")
      pid = host.succeed(bystander)

      with subtest("the guest is switched while it runs"):
          host.succeed("/run/booted-system/specialisation/changed/bin/switch-to-configuration test >&2")
          settled("web")
          equal(host.wait_until_succeeds("curl --fail --silent http://web"), "changed")
          equal(invocation("web"), before)
          equal(host.succeed(bystander), pid)
          equal(status("web", "running"), status("web", "desired"))
          assert status("web", "booted") != status("web", "running")

      with subtest("what takes other units waits for the next start"):
          host.succeed("/run/booted-system/specialisation/other-units/bin/switch-to-configuration test >&2")
          settled("web")
          equal(invocation("web"), before)
          host.fail(in_guest("web", "test -e /etc/host-release"))
          host.succeed("nspawnctl restart web")
          settled("web")
          host.succeed(in_guest("web", "test -e /etc/host-release"))
          nothing_to_do()
    '';
}
