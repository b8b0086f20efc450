import type { Context } from '../context.ts';
import { hostInterfaceNames } from '../interface-name.ts';
import { type Line, lines } from '../lines.ts';
import { localPrefix } from '../local-prefix.ts';
import { merge } from '../merge.ts';

/**
 * How the guest is connected, and the host's end of its veth link. `Private=` and `VirtualEthernet=` are always
 * written, since the template's command line asks for a veth link.
 */
export function network(context: Context): Line[] {
  const { veth, bridge, host, ...given } = context.declaration.network;
  return [
    ...lines('nspawn', 'Network', {
      Private: !host,
      VirtualEthernet: veth.enable,
      Zone: veth.zone ?? [],
      Bridge: bridge ?? [],
      MACVLAN: given.macvlan,
      IPVLAN: given.ipvlan,
      Interface: given.interfaces,
      Port: given.forwardPorts.map(one => `${one.protocol}:${one.hostPort}:${one.containerPort}`),
    }),
    ...(veth.enable && veth.zone === null && bridge === null ? hostEnd(context) : []),
  ];
}

/** systemd's own 80-container-ve.network, plus a prefix for IPv6, name resolution by mDNS, and leases that are forgotten. */
function hostEnd({ name, declaration, facts }: Context): Line[] {
  const defaults = [
    ...lines('network', 'Match', { Kind: 'veth', Name: hostInterfaceNames(name).join(' ') }),
    ...lines('network', 'Link', { RequiredForOnline: false }),
    ...lines('network', 'Network', {
      Address: '0.0.0.0/28',
      LinkLocalAddressing: true,
      DHCPServer: true,
      IPMasquerade: 'both',
      LLDP: true,
      EmitLLDP: 'customer-bridge',
      MulticastDNS: true,
      IPv6AcceptRA: false,
      IPv6SendRA: true,
    }),
    // A lease kept for the guest's last client ID can leave none for the next, in a small range.
    ...lines('network', 'DHCPServer', { PersistLeases: false }),
    ...lines('network', 'IPv6Prefix', { Prefix: localPrefix(facts.machineId, name), Assign: true }),
  ];
  return merge(defaults, 'network', declaration.network.veth.config.host ?? {});
}
