import { either, hasSpan, isIpv4, oneOf } from './network-readers.ts';
import { all, choice, names, type Settings } from './network-setting.ts';
import { isBoolean } from './readers.ts';

const OPERATIONAL = oneOf(
  'missing off no-carrier dormant degraded-carrier carrier degraded enslaved routable',
);

/** Settings of networkd that are one of a few words. */
export const WORDS: Settings = [
  ...all(
    isBoolean,
    'true or false',
    `Link.ARP Link.AllMulticast Link.Multicast Link.Promiscuous Link.Unmanaged
    Network.ActiveSlave Network.ConfigureWithoutCarrier Network.DHCPPrefixDelegation Network.DHCPServer
    Network.DNSDefaultRoute Network.DefaultRouteOnDevice Network.IPv4AcceptLocal Network.IPv4Forwarding
    Network.IPv4LLRoute Network.IPv4ProxyARP Network.IPv4ProxyARPPrivateVLAN Network.IPv4RouteLocalnet
    Network.IPv4SrcValidMark Network.IPv6AcceptRA Network.IPv6Forwarding Network.IPv6ProxyNDP Network.IPv6SendRA
    Network.KeepMaster Network.MPLSRouting Network.PrimarySlave
    Address.AddPrefixRoute Address.AutoJoin Address.HomeAddress Address.ManageTemporaryAddress
    RoutingPolicyRule.InvertRule RoutingPolicyRule.L3MasterDevice NextHop.Blackhole NextHop.OnLink
    Route.FastOpenNoCookie Route.GatewayOnLink Route.QuickAck
    DHCPServer.EmitDNS DHCPServer.EmitDomain DHCPServer.EmitLPR DHCPServer.EmitNTP DHCPServer.EmitPOP3
    DHCPServer.EmitRouter DHCPServer.EmitSIP DHCPServer.EmitSMTP DHCPServer.EmitTimezone DHCPServer.RapidCommit
    IPv6SendRA.EmitDNS IPv6SendRA.EmitDomains IPv6SendRA.HomeAgent IPv6SendRA.Managed IPv6SendRA.OtherInformation
    IPv6Prefix.AddressAutoconfiguration IPv6Prefix.Assign IPv6Prefix.OnLink
    IPv6AcceptRA.QuickAck IPv6AcceptRA.UseAutonomousPrefix IPv6AcceptRA.UseCaptivePortal IPv6AcceptRA.UseDNR
    IPv6AcceptRA.UseDNS IPv6AcceptRA.UseGateway IPv6AcceptRA.UseHopLimit IPv6AcceptRA.UseMTU
    IPv6AcceptRA.UseOnLinkPrefix IPv6AcceptRA.UsePREF64 IPv6AcceptRA.UseReachableTime IPv6AcceptRA.UseRedirect
    IPv6AcceptRA.UseRetransmissionTime IPv6AcceptRA.UseRoutePrefix
    DHCPv4.Anonymize DHCPv4.BOOTP DHCPv4.IPv6OnlyMode DHCPv4.QuickAck DHCPv4.RapidCommit DHCPv4.RequestBroadcast
    DHCPv4.RoutesToDNS DHCPv4.RoutesToNTP DHCPv4.SendDecline DHCPv4.SendHostname DHCPv4.SendRelease DHCPv4.Use6RD
    DHCPv4.UseCaptivePortal DHCPv4.UseDNR DHCPv4.UseDNS DHCPv4.UseGateway DHCPv4.UseHostname DHCPv4.UseMTU
    DHCPv4.UseNTP DHCPv4.UseRoutes DHCPv4.UseSIP DHCPv4.UseTimezone
    DHCPv6.RapidCommit DHCPv6.SendHostname DHCPv6.SendRelease DHCPv6.UseAddress DHCPv6.UseCaptivePortal DHCPv6.UseDNR
    DHCPv6.UseDNS DHCPv6.UseDelegatedPrefix DHCPv6.UseHostname DHCPv6.UseNTP DHCPv6.UseSIP
    DHCPPrefixDelegation.Announce DHCPPrefixDelegation.Assign DHCPPrefixDelegation.ManageTemporaryAddress
    FairQueueing.Pacing FairQueueingControlledDelay.ECN CAKE.AckFilter CAKE.AutoRateIngress CAKE.NAT CAKE.SplitGSO
    CAKE.UseRawPacketSize CAKE.Wash`,
  ),
  ...choice('resolve', 'Network.LLMNR Network.MulticastDNS'),
  ...choice('ipv4 ipv6', 'Network.DHCP Network.LinkLocalAddressing'),
  ...choice('route', 'Network.UseDomains IPv6AcceptRA.UseDomains DHCPv4.UseDomains DHCPv6.UseDomains'),
  ...choice('routers-only', 'Network.LLDP'),
  ...choice('nearest-bridge non-tpmr-bridge customer-bridge', 'Network.EmitLLDP'),
  ...choice('opportunistic', 'Network.DNSOverTLS'),
  ...choice('allow-downgrade', 'Network.DNSSEC'),
  ...choice('prefer-public kernel', 'Network.IPv6PrivacyExtensions'),
  ...choice('static dhcp dhcp-on-stop', 'Network.KeepConfiguration'),
  ...choice('always', 'IPv6AcceptRA.DHCPv6Client'),
  ...choice('', 'DHCPServer.PersistLeases'),
  ...names('up always-up manual always-down down', 'Link.ActivationPolicy'),
  ...names('any ipv4 ipv6 both', 'Link.RequiredFamilyForOnline'),
  ...names('ipv4 ipv6 both no', 'Network.IPMasquerade'),
  ...names('no strict loose', 'Network.IPv4ReversePathFilter'),
  ...names('eui64 none stable-privacy random', 'Network.IPv6LinkLocalAddressGenerationMode'),
  ...names('no v1 v2 v3', 'Network.MulticastIGMPVersion'),
  ...names('ipv4 ipv6 both none', 'Address.DuplicateAddressDetection'),
  ...names('forever infinity 0', 'Address.PreferredLifetime'),
  ...names('ipv4 ipv6 both', 'RoutingPolicyRule.Family'),
  ...names('blackhole unreachable prohibit', 'RoutingPolicyRule.Type'),
  ...names('ipv4 ipv6', 'NextHop.Family'),
  ...names('low medium high', 'Route.IPv6Preference IPv6RoutePrefix.Preference IPv6SendRA.RouterPreference'),
  ...names('unicast local broadcast anycast multicast blackhole unreachable prohibit throw', 'Route.Type'),
  ...names(
    'none unreachable prohibit blackhole throw',
    'DHCPv4.UnassignedSubnetPolicy DHCPv6.UnassignedSubnetPolicy',
  ),
  ...names('mac duid', 'DHCPv4.ClientIdentifier'),
  ...names('forever infinity', 'DHCPv4.FallbackLeaseLifetimeSec'),
  ...names('none CS4 CS6', 'DHCPv4.IPServiceType'),
  ...names('no solicit information-request', 'DHCPv6.WithoutRA'),
  ...names('none atm ptm', 'CAKE.CompensationMode'),
  ...names('none src-host dst-host hosts flows dual-src-host dual-dst-host triple', 'CAKE.FlowIsolationMode'),
  ...names('besteffort precedence diffserv8 diffserv4 diffserv3', 'CAKE.PriorityQueueingPreset'),
  ...all(
    either(isBoolean, value => value.split(':').length <= 2 && value.split(':').every(OPERATIONAL)),
    'true, false, or one or two operational states',
    'Link.RequiredForOnline',
  ),
  ...all(either(isBoolean, hasSpan), 'true, false or a time span', 'Network.IgnoreCarrierLoss'),
  ...all(either(isBoolean, isIpv4), 'true, false or an IPv4 address', 'Address.Broadcast'),
];
