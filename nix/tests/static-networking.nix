# Both ends of a link with fixed addresses, in the words of systemd.network.networks.
{ prelude, ... }:
{
  nodes.host.virtualisation.nspawn.containers.test = {
    config = { };
    network.veth.config = {
      host.networkConfig = {
        DHCPServer = false;
        Address = [
          "fc42::1/64"
          "192.168.42.1/24"
        ];
      };
      container.networkConfig = {
        DHCP = false;
        Address = [
          "fc42::2/64"
          "192.168.42.2/24"
        ];
        Gateway = [
          "fc42::1"
          "192.168.42.1"
        ];
      };
    };
  };

  testScript =
    prelude
    + ''
      settled("test")

      with subtest("each end has the addresses it was given"):
          host.wait_until_succeeds("ip -br address show dev ve-test | grep -F 192.168.42.1/24 | grep -F fc42::1/64")
          host.wait_until_succeeds(in_guest("test", "ip -br address show dev host0 | grep -F 192.168.42.2/24"))

      with subtest("they reach each other, by address and by name"):
          host.wait_until_succeeds("ping -c 1 192.168.42.2")
          host.wait_until_succeeds("ping -c 1 fc42::2")
          host.wait_until_succeeds("ping -4 -c 1 test")
          host.wait_until_succeeds("ping -6 -c 1 test")
          host.wait_until_succeeds(in_guest("test", "ping -c 1 192.168.42.1"))
          host.wait_until_succeeds(in_guest("test", "ping -c 1 fc42::1"))

      with subtest("there is no other address"):
          lines = host.succeed("ip -4 -br address show dev ve-test").split()[2:]
          equal(lines, ["192.168.42.1/24"])
    '';
}
