import type { Vocabulary } from './overrides.ts';

/** The settings of systemd.network(5) that can make sense on the host's end of a veth link or a zone's bridge, as of systemd 262. */
export const NETWORK_SETTINGS: Vocabulary = {
  Link: words(`
    ARP ActivationPolicy AllMulticast Group MACAddress MTUBytes Multicast Promiscuous
    RequiredFamilyForOnline RequiredForOnline Unmanaged
  `),
  Network: words(`
    ActiveSlave Address BatmanAdvanced BindCarrier Bond Bridge ConfigureWithoutCarrier DHCP
    DHCPPrefixDelegation DHCPRelay DHCPServer DNS DNSDefaultRoute DNSOverTLS DNSSEC
    DNSSECNegativeTrustAnchors DefaultRouteOnDevice Description Domains EmitLLDP Gateway IPMasquerade IPVLAN
    IPVTAP IPoIB IPv4AcceptLocal IPv4DuplicateAddressDetectionTimeoutSec IPv4Forwarding IPv4LLRoute
    IPv4LLStartAddress IPv4ProxyARP IPv4ProxyARPPrivateVLAN IPv4ReversePathFilter IPv4RouteLocalnet
    IPv4SrcValidMark IPv6AcceptRA IPv6DuplicateAddressDetection IPv6Forwarding IPv6HopLimit
    IPv6LinkLocalAddressGenerationMode IPv6MTUBytes IPv6PrivacyExtensions IPv6ProxyNDP
    IPv6RetransmissionTimeSec IPv6SendRA IPv6StableSecretAddress IgnoreCarrierLoss KeepConfiguration
    KeepMaster LLDP LLMNR LinkLocalAddressing MACVLAN MACVTAP MACsec MPLSRouting MulticastDNS
    MulticastIGMPVersion NTP PrimarySlave ProxyNeighbor Tunnel UseDomains VLAN VRF VXLAN Xfrm
  `),
  Address: words(`
    AddPrefixRoute Address AutoJoin Broadcast DuplicateAddressDetection HomeAddress Label
    ManageTemporaryAddress NFTSet NetLabel Peer PreferredLifetime RouteMetric Scope
  `),
  Neighbor: words(`
    Address LinkLayerAddress
  `),
  IPv6AddressLabel: words(`
    Label Prefix
  `),
  RoutingPolicyRule: words(`
    DestinationPort Family FirewallMark From GoTo IPProtocol IncomingInterface InvertRule L3MasterDevice
    OutgoingInterface Priority SourcePort SuppressInterfaceGroup SuppressPrefixLength Table To Type
    TypeOfService User
  `),
  NextHop: words(`
    Blackhole Family Gateway Group Id OnLink
  `),
  Route: words(`
    Destination FastOpenNoCookie Gateway GatewayOnLink HopLimit IPv6Preference
    InitialAdvertisedReceiveWindow InitialCongestionWindow MTUBytes Metric MultiPathRoute NextHop
    PreferredSource Protocol QuickAck Scope Source TCPAdvertisedMaximumSegmentSize
    TCPCongestionControlAlgorithm TCPRetransmissionTimeoutSec Table Type
  `),
  DHCPServer: words(`
    BootFilename BootServerAddress BootServerName DNS DefaultLeaseTimeSec Domain EmitDNS EmitDomain EmitLPR
    EmitNTP EmitPOP3 EmitRouter EmitSIP EmitSMTP EmitTimezone IPv6OnlyPreferredSec LPR LocalLeaseDomain
    MaxLeaseTimeSec NTP POP3 PersistLeases PoolOffset PoolSize RapidCommit Router SIP SMTP SendOption
    SendVendorOption ServerAddress Timezone UplinkInterface
  `),
  DHCPServerStaticLease: words(`
    Address Hostname MACAddress
  `),
  IPv6SendRA: words(`
    DNS DNSLifetimeSec Domains EmitDNS EmitDomains HomeAgent HomeAgentLifetimeSec HomeAgentPreference
    HopLimit Managed OtherInformation ReachableTimeSec RetransmitSec RouterLifetimeSec RouterPreference
    UplinkInterface
  `),
  IPv6Prefix: words(`
    AddressAutoconfiguration Assign OnLink PreferredLifetimeSec Prefix RouteMetric Token ValidLifetimeSec
  `),
  IPv6RoutePrefix: words(`
    LifetimeSec Preference Route
  `),
  IPv6PREF64Prefix: words(`
    LifetimeSec Prefix
  `),
  IPv6AcceptRA: words(`
    DHCPv6Client NFTSet NetLabel PrefixAllowList PrefixDenyList QuickAck RouteAllowList RouteDenyList
    RouteMetric RouteTable RouterAllowList RouterDenyList Token UseAutonomousPrefix UseCaptivePortal UseDNR
    UseDNS UseDomains UseGateway UseHopLimit UseMTU UseOnLinkPrefix UsePREF64 UseReachableTime UseRedirect
    UseRetransmissionTime UseRoutePrefix
  `),
  DHCPv4: words(`
    AllowList Anonymize BOOTP ClientIdentifier DUIDRawData DUIDType DenyList FallbackLeaseLifetimeSec
    Hostname IAID IPServiceType IPv6OnlyMode InitialAdvertisedReceiveWindow InitialCongestionWindow Label
    ListenPort MUDURL MaxAttempts NFTSet NetLabel QuickAck RapidCommit RequestAddress RequestBroadcast
    RequestOptions RouteMTUBytes RouteMetric RouteTable RoutesToDNS RoutesToNTP SendDecline SendHostname
    SendOption SendRelease SendVendorOption ServerPort SocketPriority UnassignedSubnetPolicy Use6RD
    UseCaptivePortal UseDNR UseDNS UseDomains UseGateway UseHostname UseMTU UseNTP UseRoutes UseSIP
    UseTimezone UserClass VendorClassIdentifier
  `),
  DHCPv6: words(`
    DUIDRawData DUIDType Hostname IAID MUDURL NFTSet NetLabel PrefixDelegationHint RapidCommit
    RequestOptions RouteTable SendHostname SendOption SendRelease SendVendorOption UnassignedSubnetPolicy
    UseAddress UseCaptivePortal UseDNR UseDNS UseDelegatedPrefix UseDomains UseHostname UseNTP UseSIP
    UserClass VendorClass WithoutRA
  `),
  DHCPPrefixDelegation: words(`
    Announce Assign ManageTemporaryAddress NFTSet NetLabel RouteMetric SubnetId Token UplinkInterface
  `),
  LLDP: words(`
    MUDURL
  `),
  FairQueueing: words(`
    Buckets CEThresholdSec FlowLimit Handle InitialQuantumBytes MaximumRate OrphanMask Pacing PacketLimit
    Parent QuantumBytes
  `),
  FairQueueingControlledDelay: words(`
    CEThresholdSec ECN Flows Handle IntervalSec MemoryLimitBytes PacketLimit Parent QuantumBytes TargetSec
  `),
  TokenBucketFilter: words(`
    BurstBytes Handle LatencySec LimitBytes MPUBytes MTUBytes Parent PeakRate Rate
  `),
  CAKE: words(`
    AckFilter AutoRateIngress Bandwidth CompensationMode FirewallMark FlowIsolationMode Handle MPUBytes NAT
    OverheadBytes Parent PriorityQueueingPreset RTTSec SplitGSO UseRawPacketSize Wash
  `),
  NetworkEmulator: words(`
    DelayJitterSec DelaySec DuplicateRate Handle LossRate PacketLimit Parent
  `),
};

/** Without one of each list networkd ignores the section. */
export const NETWORK_REQUIRED: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Address: [['Address']],
  Neighbor: [['Address'], ['LinkLayerAddress']],
  IPv6AddressLabel: [['Prefix'], ['Label']],
  Route: [['Gateway', 'Destination', 'Source', 'PreferredSource']],
  DHCPServerStaticLease: [['Address'], ['MACAddress']],
  IPv6Prefix: [['Prefix']],
  IPv6RoutePrefix: [['Route']],
  IPv6PREF64Prefix: [['Prefix']],
};

/** Settings that systemd 257, the oldest that we run on, does not have: `Section.Setting`. */
export const NETWORK_SINCE_258: ReadonlySet<string> = new Set(
  words(`
    Network.DHCPRelay Network.IPv4DuplicateAddressDetectionTimeoutSec Network.IPv4SrcValidMark Network.MPLSRouting
    Network.ProxyNeighbor DHCPServer.Domain DHCPServer.EmitDomain DHCPServer.LocalLeaseDomain
    DHCPServerStaticLease.Hostname IPv6RoutePrefix.Preference DHCPv4.BOOTP DHCPv6.RouteTable DHCPv6.UseSIP
  `),
);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
