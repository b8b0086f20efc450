# A host whose own links are configured by NixOS' scripts keeps its network: networkd has only the links of containers.
{ prelude, ... }:
{
  nodes.host = {
    networking = {
      useNetworkd = false;
      nameservers = [ "192.0.2.53" ];
    };
    virtualisation.nspawn.containers.test.config.networking.firewall.allowedTCPPorts = [ 80 ];
  };

  testScript =
    prelude
    + ''
      host.succeed("ip rule add from 198.51.100.0/24 table 77")
      addresses = host.succeed("ip -4 -o addr show dev eth1")
      settled("test")
      # Its link is another now, for networkd to configure.
      host.succeed("nspawnctl restart test")
      settled("test")
      host.wait_until_succeeds("ping -c 1 test")

      with subtest("networkd leaves the host's links, addresses and rules alone"):
          assert "unmanaged" in host.succeed("networkctl list --no-legend eth1")
          equal(host.succeed("ip -4 -o addr show dev eth1"), addresses)
          assert "lookup 77" in host.succeed("ip rule")
          host.fail("systemctl is-active systemd-resolved")

      with subtest("what wants the network to be online does not wait for networkd"):
          host.wait_for_unit("multi-user.target")
          host.fail("systemctl is-active systemd-networkd-wait-online")

      with subtest("the guest is given the host's name servers"):
          host.wait_until_succeeds(in_guest("test", "resolvectl dns host0") + " | grep -F 192.0.2.53")
    '';
}
