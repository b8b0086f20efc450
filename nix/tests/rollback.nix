# A system that does not come up well is taken back, by itself, and reported.
{ guestSystem, prelude, ... }:
let
  system =
    number: configuration:
    guestSystem {
      imports = [ configuration ];
      networking.hostName = "web";
      environment.etc.version.text = number;
    };
  good = system "good" { };
  better = system "better" { };
  broken = system "broken" {
    systemd.services.broken = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.Type = "oneshot";
      script = "exit 1";
    };
  };
in
{
  nodes.host = {
    virtualisation.additionalPaths = [
      good
      better
      broken
    ];
    virtualisation.nspawn.containers = {
      web = {
        path = "/nix/var/nix/profiles/web";
        activation.rollback = true;
      };
      other.config = { };
    };
  };

  testScript =
    prelude
    + ''
      flip = "nix-env --profile /nix/var/nix/profiles/web --set"

      def version() -> str:
          return host.succeed(in_guest("web", "cat /etc/version"))

      host.succeed(f"{flip} ${good}")
      settled()
      other = invocation("other")

      with subtest("the deployment fails, and the machine runs the last good system"):
          host.succeed(f"{flip} ${broken}")
          equal(host.execute("nspawnctl wait web")[0], 3)
          equal(status("web", "state"), "rolled-back")
          equal(version(), "good")
          equal(status("web", "running"), "${good}")
          assert "${broken}" in status("web", "quarantined")

      with subtest("the profile is the user's, and was not moved"):
          equal(host.succeed("readlink -f /nix/var/nix/profiles/web").strip(), "${broken}")

      with subtest("the broken system is not tried again"):
          before = invocation("web")
          host.succeed("systemctl restart nspawnd")
          equal(host.execute("nspawnctl wait web")[0], 3)
          equal(invocation("web"), before)

      with subtest("nor after a reboot of the host"):
          host.shutdown()
          host.start()
          host.wait_for_unit("nspawnd.service")
          equal(host.execute("nspawnctl wait web")[0], 3)
          equal(version(), "good")
          other = invocation("other")

      with subtest("the next system is"):
          host.succeed(f"{flip} ${better} && nspawnctl wait web")
          equal(version(), "better")
          equal(status("web", "state"), "running")

      with subtest("the other machine has noticed nothing"):
          equal(invocation("other"), other)
          nothing_to_do()
    '';
}
