# A profile that moves updates its own machine, at once, and no other; the host is not rebuilt.
{
  guestSystem,
  prelude,
  ...
}:
let
  version =
    number:
    guestSystem {
      networking.hostName = "web";
      environment.etc.version.text = number;
    };
  one = version "1";
  two = version "2";
in
{
  nodes.host = {
    virtualisation.additionalPaths = [
      one
      two
    ];
    virtualisation.nspawn.containers = {
      web.path = "/nix/var/nix/profiles/web";
      other.config = { };
    };
  };

  testScript =
    prelude
    + ''
      flip = "nix-env --profile /nix/var/nix/profiles/web"

      def version() -> str:
          return host.succeed(in_guest("web", "cat /etc/version"))

      with subtest("a container whose profile is not there yet waits, and says so"):
          settled("other")
          status_code, _ = host.execute("nspawnctl wait web")
          equal(status_code, 3)
          equal(status("web", "state"), "waiting")
          host.fail("systemctl is-active systemd-nspawn@web.service")
      other = invocation("other")

      with subtest("the first profile starts it"):
          host.succeed(f"{flip} --set ${one}")
          settled("web")
          equal(version(), "1")

      with subtest("another one restarts it"):
          first = invocation("web")
          host.succeed(f"{flip} --set ${two} && nspawnctl wait web")
          equal(version(), "2")
          assert invocation("web") != first
          equal(status("web", "running"), "${two}")

      with subtest("the way back is the same"):
          host.succeed(f"{flip} --rollback && nspawnctl wait web")
          equal(version(), "1")

      with subtest("what runs is safe from the garbage collector"):
          roots = "find /nix/var/nix/gcroots/nspawnd/web -type l -exec readlink -f {} +"
          assert "${one}" in host.succeed(roots).split()

      with subtest("a profile that leads nowhere stops nothing"):
          before = invocation("web")
          host.succeed("ln -sfn /nix/store/nowhere /nix/var/nix/profiles/web")
          host.fail("nspawnctl wait web")
          equal(status("web", "state"), "waiting")
          equal(invocation("web"), before)
          host.succeed(f"{flip} --switch-generation 1 && nspawnctl wait web")
          equal(invocation("web"), before)

      with subtest("the other machine has noticed nothing"):
          equal(invocation("other"), other)
          nothing_to_do()
    '';

}
