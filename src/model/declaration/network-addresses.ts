import {
  either,
  isAddress,
  isAddressWithLength,
  isDhcpOption,
  isDnsServer,
  isDomain,
  isHostName,
  isInterface,
  isIpv4,
  isIpv6,
  isMac,
  isNetwork,
  isNetworkOf,
  isNftSet,
  isPlainWord,
  isSearchDomain,
  isToken,
  list,
  oneOf,
  UINT32,
} from './network-readers.ts';
import { all, names, type Settings } from './network-setting.ts';
import { isPercent } from './readers.ts';

const PORT = 65_535n;

/** Settings of networkd that are addresses, names and texts. */
export const ADDRESSES: Settings = [
  ...all(
    isIpv4,
    'an IPv4 address',
    'DHCPServer.BootServerAddress DHCPServer.Router DHCPServerStaticLease.Address DHCPv4.RequestAddress',
  ),
  ...all(
    value => isNetworkOf(4)(value) && !/^(?:0|127|169\.254)\./.test(value),
    'an IPv4 address, with or without prefix length, neither local to the host nor to the link',
    'DHCPServer.ServerAddress',
  ),
  ...all(
    list(either(isIpv4, oneOf('_server_address'))),
    'IPv4 addresses, or _server_address',
    'DHCPServer.DNS DHCPServer.LPR DHCPServer.NTP DHCPServer.POP3 DHCPServer.SIP DHCPServer.SMTP',
  ),
  ...all(
    value => isIpv4(value) && /^169\.254\./.test(value) && !/^169\.254\.(?:0|255)\./.test(value),
    'an IPv4 address from 169.254.1.0 to 169.254.254.255',
    'Network.IPv4LLStartAddress',
  ),
  ...all(isIpv6, 'an IPv6 address', 'Network.IPv6StableSecretAddress'),
  ...all(isAddress, 'an IP address', 'Route.PreferredSource NextHop.Gateway Neighbor.Address'),
  ...all(
    value => isAddress(value) && !/^[0.:]+$|^255\.255\.255\.255$/.test(value),
    'an IP address of one host',
    'Network.ProxyNeighbor',
  ),
  ...all(either(isMac, isAddress), 'a MAC or IP address', 'Neighbor.LinkLayerAddress'),
  ...all(
    value => isAddressWithLength(value) && !/^[0:]+\/(?:\d|[1-5]\d|6[0-3])$/.test(value),
    'an IP address with prefix length',
    'Network.Address Address.Address Address.Peer',
  ),
  ...all(either(isAddress, oneOf('_dhcp4 _ipv6ra')), 'an IP address, _dhcp4 or _ipv6ra', 'Route.Gateway'),
  ...all(isAddress, 'an IP address', 'Network.Gateway'),
  ...all(
    isNetwork,
    'an IP address, with or without prefix length',
    'RoutingPolicyRule.From RoutingPolicyRule.To Route.Destination Route.Source',
  ),
  ...all(
    isNetworkOf(6),
    'an IPv6 prefix',
    'IPv6Prefix.Prefix IPv6RoutePrefix.Route DHCPv6.PrefixDelegationHint',
  ),
  ...all(value => isNetworkOf(6)(value) && !value.includes('.'), 'an IPv6 prefix', 'IPv6AddressLabel.Prefix'),
  ...all(
    value => isNetworkOf(6)(value) && /\/(?:96|64|56|48|40|32)$/.test(value),
    'an IPv6 prefix of 96, 64, 56, 48, 40 or 32 bits',
    'IPv6PREF64Prefix.Prefix',
  ),
  ...all(
    list(isNetworkOf(6)),
    'IPv6 prefixes',
    `IPv6AcceptRA.PrefixAllowList IPv6AcceptRA.PrefixDenyList IPv6AcceptRA.RouteAllowList IPv6AcceptRA.RouteDenyList
    IPv6AcceptRA.RouterAllowList IPv6AcceptRA.RouterDenyList`,
  ),
  ...all(list(isNetworkOf(4)), 'IPv4 prefixes', 'DHCPv4.AllowList DHCPv4.DenyList'),
  ...all(list(isDnsServer), 'DNS servers (ADDRESS[:PORT][%INTERFACE][#NAME])', 'Network.DNS'),
  ...all(list(either(isIpv6, oneOf('_link_local'))), 'IPv6 addresses or _link_local', 'IPv6SendRA.DNS'),
  ...all(
    isToken,
    'an IPv6 address, eui64, static:ADDRESS or prefixstable[:ADDRESS]',
    'IPv6Prefix.Token IPv6AcceptRA.Token DHCPPrefixDelegation.Token',
  ),
  ...all(isMac, 'a MAC address', 'Link.MACAddress DHCPServerStaticLease.MACAddress'),
  ...all(
    value => /^(?:[^@ ]+)(?:@[^@ ]+)?(?: +[1-9]\d{0,2})?$/.test(value) && isMultiPath(value),
    'ADDRESS[@INTERFACE] [WEIGHT]',
    'Route.MultiPathRoute',
  ),

  ...all(
    isInterface,
    'the name of an interface',
    `Network.BatmanAdvanced Network.Bond Network.Bridge Network.IPVLAN Network.IPVTAP Network.IPoIB Network.MACVLAN
    Network.MACVTAP Network.MACsec Network.Tunnel Network.VLAN Network.VRF Network.VXLAN Network.Xfrm
    RoutingPolicyRule.IncomingInterface RoutingPolicyRule.OutgoingInterface`,
  ),
  ...all(list(isInterface), 'names of interfaces', 'Network.BindCarrier'),
  ...all(
    either(isInterface, oneOf(':auto :none')),
    'the name of an interface, :auto or :none',
    'DHCPServer.UplinkInterface IPv6SendRA.UplinkInterface',
  ),
  ...all(
    either(isInterface, oneOf(':auto :self')),
    'the name of an interface, :auto or :self',
    'DHCPPrefixDelegation.UplinkInterface',
  ),
  ...all(
    isHostName,
    'a host name',
    'DHCPServerStaticLease.Hostname DHCPv4.Hostname DHCPv6.Hostname DHCPServer.BootServerName',
  ),
  ...all(isDomain, 'a domain name', 'DHCPServer.Domain DHCPServer.LocalLeaseDomain IPv6SendRA.Domains'),
  ...all(list(isSearchDomain), 'domain names, each after ~ if it is for routing only', 'Network.Domains'),
  ...all(list(isDomain), 'domain names', 'Network.DNSSECNegativeTrustAnchors'),
  ...all(list(either(isAddress, isDomain)), 'addresses or names of hosts', 'Network.NTP'),
  ...all(
    value => /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Z][A-Za-z0-9_+-]*){0,2}$/.test(value),
    'a time zone',
    'DHCPServer.Timezone',
  ),
  ...all(value => /^\/?[\w.+/-]{1,127}$/.test(value), 'the name of a file', 'DHCPServer.BootFilename'),
  ...all(
    value => /^[A-Za-z0-9_:.-]{1,255}$/.test(value),
    'a NetLabel',
    'Address.NetLabel IPv6AcceptRA.NetLabel DHCPv4.NetLabel DHCPv6.NetLabel DHCPPrefixDelegation.NetLabel',
  ),
  ...all(isPlainWord, 'a word', 'DHCPv4.VendorClassIdentifier Route.TCPCongestionControlAlgorithm'),
  ...all(list(isPlainWord), 'words', 'DHCPv4.UserClass DHCPv6.UserClass DHCPv6.VendorClass'),
  ...all(
    value => isPlainWord(value) && value.length <= 15,
    'at most 15 characters',
    'Address.Label DHCPv4.Label',
  ),
  ...all(
    value => /^https?:\/\/[A-Za-z0-9.-]+(?:\/[\w.~/-]*)?$/.test(value) && value.length <= 255,
    'a URL',
    'DHCPv4.MUDURL DHCPv6.MUDURL LLDP.MUDURL',
  ),
  ...all(
    value => /^[0-9a-f]{2}(?::[0-9a-f]{2}){0,127}$/.test(value),
    'bytes in hex, with colons between them',
    'DHCPv4.DUIDRawData DHCPv6.DUIDRawData',
  ),
  ...names('vendor link-layer uuid', 'DHCPv4.DUIDType DHCPv6.DUIDType'),
  ...all(
    list(isNftSet),
    'nftables sets (address|prefix|ifindex:FAMILY:TABLE:SET)',
    'Address.NFTSet IPv6AcceptRA.NFTSet DHCPv4.NFTSet DHCPv6.NFTSet DHCPPrefixDelegation.NFTSet',
  ),
  ...all(
    isDhcpOption([[1n, 254n]]),
    'an option (NUMBER:TYPE:VALUE)',
    'DHCPServer.SendOption DHCPServer.SendVendorOption DHCPv4.SendOption DHCPv4.SendVendorOption',
  ),
  ...all(isDhcpOption([[1n, PORT]]), 'an option (NUMBER:TYPE:VALUE)', 'DHCPv6.SendOption'),
  ...all(
    isDhcpOption([
      [1n, UINT32],
      [1n, PORT],
    ]),
    'an option (ENTERPRISE:NUMBER:TYPE:VALUE)',
    'DHCPv6.SendVendorOption',
  ),
  ...all(
    value => isPercent(value, 0, 100),
    'a percentage',
    'NetworkEmulator.DuplicateRate NetworkEmulator.LossRate',
  ),
  ...all(
    value => /^(?:0|[1-9a-f][0-9a-f]{0,3})$/.test(value),
    'a number in hex',
    'FairQueueing.Handle FairQueueingControlledDelay.Handle TokenBucketFilter.Handle CAKE.Handle NetworkEmulator.Handle',
  ),
  ...all(
    value => value === 'root' || /^[1-9a-f][0-9a-f]{0,3}:[1-9a-f][0-9a-f]{0,3}$/.test(value),
    'root, or two numbers in hex with a colon between them',
    'FairQueueing.Parent FairQueueingControlledDelay.Parent TokenBucketFilter.Parent CAKE.Parent NetworkEmulator.Parent',
  ),
  ...all(value => value !== '', 'a text', 'Network.Description'),
];

function isMultiPath(value: string): boolean {
  const [, address = '', link, weight = '1'] = /^([^@ ]+)(?:@([^ ]+))?(?: +(\d+))?$/.exec(value) ?? [];
  return isAddress(address) && (link === undefined || isInterface(link)) && Number(weight) <= 256;
}
