# A declaration that nspawnd refuses makes the switch fail, in words, and keeps no other container from its update.
{ prelude, lib, ... }:
{
  nodes.host = {
    system.switch.enable = true;
    virtualisation.nspawn.containers = {
      good.config.environment.etc.version.text = lib.mkDefault "1";
      other.config = { };
    };
    # Files by hand are not checked when the host is built.
    environment.etc."nspawnd/containers/manual.json".text = builtins.toJSON {
      path = "/nix/var/nix/profiles/manual";
      autoStart = false;
    };

    specialisation.refused.configuration = {
      virtualisation.nspawn.containers.good.config.environment.etc.version.text = "2";
      environment.etc."nspawnd/containers/manual.json".text = lib.mkForce (
        builtins.toJSON {
          path = "/nix/var/nix/profiles/manual";
          activation.timeout = "90 parsecs";
        }
      );
    };
  };

  testScript =
    prelude
    + ''
      settled("good", "other")
      good, other = invocation("good"), invocation("other")

      with subtest("the switch fails and names the unit"):
          exit_code, output = host.execute(
              "/run/booted-system/specialisation/refused/bin/switch-to-configuration test 2>&1"
          )
          assert exit_code != 0, output
          assert "nspawnd.service" in output, output

      with subtest("file, field and reason are where one looks next"):
          complaint = "manual.json: activation.timeout: cannot read \"90 parsecs\" as a time span"
          host.succeed(f"journalctl --unit nspawnd --boot --output cat | grep -F {shlex.quote(complaint)}")
          equal(status("manual", "state"), "invalid")

      with subtest("the others are updated all the same"):
          settled("good", "other")
          equal(host.succeed(in_guest("good", "cat /etc/version")), "2")
          assert invocation("good") != good
          equal(invocation("other"), other)

      with subtest("a switch that mends it succeeds"):
          host.succeed("/run/booted-system/bin/switch-to-configuration test >&2")
          settled("good", "other")
          equal(host.succeed(in_guest("good", "cat /etc/version")), "1")
    '';
}
