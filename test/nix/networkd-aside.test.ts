// Why the NixOS module sets ManageForeign…=no where networkd runs only for the links of containers, and the kernel
// parameters that it does (nix/modules/host-network.nix).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type Host, suites } from '../host/index.ts';

const NETWORK = `[Match]
Kind=veth
Name=ve-web
[Network]
Address=10.23.42.1/28
DHCPServer=yes
IPMasquerade=both
`;
const LEAVE_OTHERS_ALONE = `[Network]
ManageForeignRoutes=no
ManageForeignRoutingPolicyRules=no
ManageForeignNextHops=no
`;

describe.each(suites)('a host of %s whose own links are not networkd’s', suite => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ suite, guests: false });
    await host.sh(`
      systemctl stop 'systemd-networkd*.socket' systemd-networkd
      ip link add eth0 type veth peer name cable
      ip link set cable up
      ip addr add 192.0.2.2/24 dev eth0
      ip link set eth0 up
      ip route add default via 192.0.2.1
      ip nexthop add id 7 via 192.0.2.1 dev eth0
    `);
    await host.write('/run/systemd/network/70-nspawnd-ve-web.network', NETWORK);
  });
  afterAll(() => host?.stop());

  /** What others had set up, and is still there when networkd has configured the link of a container. */
  const whatStays = async () => {
    await host.sh(`
      systemctl stop 'systemd-networkd*.socket' systemd-networkd
      systemctl reset-failed systemd-networkd
      ip rule add from 192.0.2.0/24 table 77
      ip link add ve-web type veth peer name host0
      ip link set host0 up
      systemctl start systemd-networkd
      /usr/lib/systemd/systemd-networkd-wait-online -i ve-web --timeout=30
    `);
    const stays = {
      address: (await host.sh('ip -4 addr show dev eth0')).includes('192.0.2.2/24'),
      route: (await host.sh('ip route show default')).includes('via 192.0.2.1'),
      rule: (await host.sh('ip rule')).includes('from 192.0.2.0/24 lookup 77'),
      nextHop: (await host.sh('ip nexthop')).includes('id 7 via 192.0.2.1'),
      unmanaged: /eth0 +ether +\S+ +unmanaged/.test(await host.sh('networkctl list --no-legend eth0')),
    };
    await host.sh('ip link del ve-web; ip rule del table 77 || true');
    return stays;
  };

  it('loses its routing rules to a networkd with defaults', async () => {
    expect(await whatStays()).toMatchObject({ address: true, route: true, rule: false, unmanaged: true });
  });

  it('forwards packets on all its links, until kernel parameters are applied that say otherwise', async () => {
    const forwarding = async (link: string) =>
      (await host.sh(`cat /proc/sys/net/ipv{4,6}/conf/${link}/forwarding`)).replaceAll('\n', '');
    expect(await forwarding('eth0')).toBe('11');
    await host.write('/run/sysctl.d/60-nixos.conf', 'net.ipv4.conf.all.forwarding=0\n');
    await host.sh('/usr/lib/systemd/systemd-sysctl --prefix=net/ipv4/conf/all; networkctl reload');
    expect(await forwarding('eth0')).toBe('01');
    await host.write('/run/sysctl.d/60-nixos.conf', 'net.ipv4.conf.all.forwarding=1\n');
    await host.sh('/usr/lib/systemd/systemd-sysctl --prefix=net/ipv4/conf/all');
    expect(await forwarding('eth0')).toBe('11');
  });

  it('loses nothing with the settings of the module', async () => {
    await host.write('/etc/systemd/networkd.conf.d/50-nspawnd.conf', LEAVE_OTHERS_ALONE);
    expect(await whatStays()).toEqual({
      ...{ address: true, route: true, rule: true, nextHop: true, unmanaged: true },
    });
  });
});
