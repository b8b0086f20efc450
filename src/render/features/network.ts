import { NETWORK_SINCE_258 } from '../../model/declaration/network-vocabulary.ts';
import { DeclarationError, ProblemList } from '../../model/declaration.ts';
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
    ...merged(defaults(context), context),
  ];
}

/** The host's side of the link, where it is ours to configure; empty where it isn't. */
function defaults({ name, declaration, facts }: Context): Line[] {
  const { veth, bridge } = declaration.network;
  if (!veth.enable || bridge !== null) return [];
  if (veth.zone === null) {
    const names = hostInterfaceNames(name).join(' ');
    return hostSide({ Kind: 'veth', Name: names }, '0.0.0.0/28', localPrefix(facts.machineId, name));
  }
  // Without settings of its own a member leaves the bridge to those that have some, or to systemd's own file.
  if (veth.config.host === null) return [];
  return hostSide(
    { Kind: 'bridge', Name: `vz-${veth.zone}` },
    '0.0.0.0/24',
    // All members render the same; the slash makes it no machine's.
    localPrefix(facts.machineId, `zone/${veth.zone}`),
  );
}

/**
 * systemd's own 80-container-ve.network or 80-container-vz.network, plus a prefix for IPv6, name resolution by mDNS,
 * and leases that are forgotten. Each member of a zone has such a file: networkd takes the first by name.
 */
function hostSide(match: { Kind: string; Name: string }, address: string, prefix: string): Line[] {
  return [
    ...lines('network', 'Match', match),
    ...lines('network', 'Link', { RequiredForOnline: false }),
    ...lines('network', 'Network', {
      Address: address,
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
    ...lines('network', 'IPv6Prefix', { Prefix: prefix, Assign: true }),
  ];
}

/** Throws a DeclarationError for a setting that this version of networkd would ignore. */
function merged(ours: Line[], { declaration, facts: { systemdVersion } }: Context): Line[] {
  if (ours.length === 0) return [];
  const all = merge(ours, 'network', declaration.network.veth.config.host ?? {});
  const unknown = new ProblemList();
  for (const { section, key } of all) {
    const name = `${section.split('#')[0]}.${key}`;
    if (systemdVersion < 258 && NETWORK_SINCE_258.has(name))
      unknown.add(() => ({
        field: `network.veth.config.host.${name}`,
        message: `systemd ${systemdVersion} does not have it`,
      }));
  }
  if (unknown.count > 0) throw new DeclarationError(unknown);
  return all;
}
