# A container of a few lines is a machine in its own right: isolated, healthy, and known to the usual tools.
{ prelude, ... }:
{
  nodes.host =
    { pkgs, ... }:
    {
      environment.systemPackages = [ pkgs.jq ];
      virtualisation.nspawn.containers.test.config = {
        networking.hostName = "test-container";
      };
    };

  testScript =
    prelude
    + ''
      host.wait_for_unit("systemd-nspawn@test.service")
      settled("test")
      equal(status("test", "state"), "running")

      with subtest("the tools of systemd know it"):
          host.succeed("machinectl status test")
          host.succeed("journalctl --quiet --machine test --lines 1 | grep .")
          equal(host.succeed(in_guest("test", "cat /proc/sys/kernel/hostname")).strip(), "test-container")

      with subtest("no unit of the guest failed"):
          equal(host.succeed("systemctl --machine test is-system-running --wait").strip(), "running")

      with subtest("root of the guest is nobody of the host"):
          leader = host.succeed("machinectl show test --property Leader --value").strip()
          first = host.succeed(f"cat /proc/{leader}/uid_map").split()[1]
          assert int(first) >= 65536, first

      with subtest("the store belongs to root in the guest, so logrotate works there"):
          equal(host.succeed(in_guest("test", "stat -c %u:%g /run/current-system/init")).strip(), "0:0")
          host.succeed(in_guest("test", "systemctl start logrotate.service"))

      with subtest("host and guest reach each other by name"):
          host.wait_until_succeeds("ping -c 1 test")
          host.wait_until_succeeds(in_guest("test", "ping -c 1 host"))

      with subtest("nothing of it is in /etc but the declaration"):
          host.fail("test -e /etc/systemd/nspawn")
          host.succeed("jq -e '.path | startswith(\"/nix/store/\")' /etc/nspawnd/containers/test.json")

      with subtest("all is done"):
          nothing_to_do()
          host.fail("systemctl --failed --quiet | grep .")
    '';
}
