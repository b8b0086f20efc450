# Strategy dynamic: switched live when only the system changed, restarted when the rest did.
{ prelude, lib, ... }:
{
  nodes.host = {
    system.switch.enable = true;
    virtualisation.nspawn.containers.web = {
      activation.strategy = "dynamic";
      config.environment.etc.version.text = lib.mkDefault "1";
    };
    specialisation = {
      system.configuration.virtualisation.nspawn.containers.web.config.environment.etc.version.text = "2";
      units.configuration.virtualisation.nspawn.containers.web = {
        config.environment.etc.version.text = "2";
        binds."/etc/host-release" = {
          hostPath = "/etc/os-release";
          readOnly = true;
        };
      };
    };
  };

  testScript =
    prelude
    + ''
      def switch(name: str) -> None:
          host.succeed(f"/run/booted-system/specialisation/{name}/bin/switch-to-configuration test >&2")
          settled("web")

      settled("web")
      first = invocation("web")

      with subtest("another system: live"):
          switch("system")
          equal(host.succeed(in_guest("web", "cat /etc/version")), "2")
          equal(invocation("web"), first)

      with subtest("other units: a restart"):
          switch("units")
          assert invocation("web") != first
          host.succeed(in_guest("web", "test -e /etc/host-release"))
          equal(host.succeed(in_guest("web", "cat /etc/version")), "2")
          nothing_to_do()
    '';
}
