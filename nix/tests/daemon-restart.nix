# Whatever happens to the daemon, machines run on, and what changed meanwhile is made up for.
{ guestSystem, prelude, ... }:
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
      db.config = { };
    };
  };

  testScript =
    prelude
    + ''
      host.succeed("nix-env --profile /nix/var/nix/profiles/web --set ${one}")
      settled()
      web, db = invocation("web"), invocation("db")

      def undisturbed() -> None:
          equal(invocation("web"), web)
          equal(invocation("db"), db)
          nothing_to_do()

      with subtest("a restart"):
          host.succeed("systemctl restart nspawnd")
          settled()
          undisturbed()

      with subtest("SIGKILL"):
          killed = host.succeed("systemctl show -P MainPID nspawnd").strip()
          host.succeed("systemctl kill --signal KILL nspawnd")
          host.wait_until_succeeds(
              f"test $(systemctl show -P MainPID nspawnd) != {killed} && systemctl is-active nspawnd"
          )
          settled()
          undisturbed()

      with subtest("PID 1 reads itself anew"):
          host.succeed("systemctl daemon-reexec")
          settled()
          undisturbed()

      with subtest("stopped, the machines are there for those who ask systemd"):
          host.succeed("systemctl stop nspawnd")
          equal(host.execute("nspawnctl list")[0], 69)
          equal(invocation("web"), web)
          host.succeed("machinectl status web db")
          host.succeed("nix-env --profile /nix/var/nix/profiles/web --set ${two}")
          equal(host.succeed(in_guest("web", "cat /etc/version")), "1")

      with subtest("back, it does what was missed, and no more"):
          host.succeed("systemctl start nspawnd")
          settled()
          equal(host.succeed(in_guest("web", "cat /etc/version")), "2")
          assert invocation("web") != web
          equal(invocation("db"), db)
          nothing_to_do()
    '';
}
