import { either, isPortRange, list, number, oneOf, someTime, span, UINT32 } from './network-readers.ts';
import { all, bytes, range, type Settings, spans } from './network-setting.ts';
import { LARGEST } from './readers.ts';

const INT32 = 0x7fff_ffffn;
const BYTE = 255n;
const PORT = 65_535n;
/** Bits a second, of which the kernel has the eighth part in 32 bits. */
const MAX_PACED = 8n * (UINT32 - 1n);

/** Settings of networkd that are numbers, sizes or time spans. */
export const NUMBERS: Settings = [
  ...range(
    0n,
    UINT32,
    `RoutingPolicyRule.Priority DHCPServer.PoolOffset DHCPServer.PoolSize IPv6Prefix.RouteMetric
    IPv6AcceptRA.RouteMetric DHCPv4.IAID DHCPv4.RouteMetric DHCPv6.IAID DHCPPrefixDelegation.RouteMetric
    Address.RouteMetric Route.Metric FairQueueing.Buckets FairQueueing.FlowLimit FairQueueing.OrphanMask
    FairQueueing.PacketLimit FairQueueingControlledDelay.Flows FairQueueingControlledDelay.PacketLimit
    NetworkEmulator.PacketLimit`,
  ),
  ...range(0n, UINT32 - 1n, 'IPv6AddressLabel.Label'),
  ...range(1n, UINT32, 'RoutingPolicyRule.GoTo NextHop.Id Route.NextHop CAKE.FirewallMark'),
  ...range(
    0n,
    INT32,
    'Link.Group RoutingPolicyRule.SuppressInterfaceGroup Network.IPv6DuplicateAddressDetection',
  ),
  ...range(0n, BYTE, 'RoutingPolicyRule.TypeOfService'),
  ...range(1n, BYTE, 'Network.IPv6HopLimit IPv6SendRA.HopLimit Route.HopLimit'),
  ...range(0n, 128n, 'RoutingPolicyRule.SuppressPrefixLength'),
  ...range(0n, PORT, 'IPv6SendRA.HomeAgentPreference'),
  ...range(1n, PORT, 'DHCPv4.ListenPort DHCPv4.ServerPort'),
  ...range(0n, 6n, 'DHCPv4.SocketPriority'),
  ...range(1n, 256n, 'CAKE.MPUBytes'),
  ...range(
    1n,
    1023n,
    `DHCPv4.InitialAdvertisedReceiveWindow DHCPv4.InitialCongestionWindow Route.InitialAdvertisedReceiveWindow
    Route.InitialCongestionWindow`,
  ),
  ...all(
    value => /^-?(?:0|[1-9]\d{0,2})$/.test(value) && Number(value) >= -64 && Number(value) <= 256,
    'a number from -64 to 256',
    'CAKE.OverheadBytes',
  ),
  ...all(either(number(1n, UINT32), oneOf('infinity')), 'a number or infinity', 'DHCPv4.MaxAttempts'),
  ...all(list(number(1n, 254n)), 'numbers of options', 'DHCPv4.RequestOptions DHCPv6.RequestOptions'),
  ...all(
    either(number(1n, UINT32), oneOf('default main local')),
    'the number of a table, default, main or local',
    'RoutingPolicyRule.Table Route.Table IPv6AcceptRA.RouteTable DHCPv4.RouteTable DHCPv6.RouteTable',
  ),
  ...all(number(1n, UINT32), 'a mark', 'RoutingPolicyRule.FirewallMark'),
  ...all(
    oneOf('tcp udp sctp 1 6 17 132'),
    'tcp, udp, sctp or one of their numbers',
    'RoutingPolicyRule.IPProtocol',
  ),
  ...all(
    either(number(0n, BYTE), oneOf('kernel boot static')),
    'kernel, boot, static or a number',
    'Route.Protocol',
  ),
  ...all(
    either(number(0n, BYTE), oneOf('global site link host nowhere')),
    'global, site, link, host, nowhere or a number',
    'Route.Scope',
  ),
  ...all(
    either(number(0n, BYTE), oneOf('global link host')),
    'global, link, host or a number',
    'Address.Scope',
  ),
  ...all(either(number(0n, BYTE), oneOf('auto')), 'a number or auto', 'DHCPPrefixDelegation.SubnetId'),
  ...all(
    value => value.split('-').length <= 2 && value.split('-').every(isUid) && inOrder(value),
    'a user ID or a range of them',
    'RoutingPolicyRule.User',
  ),
  ...all(
    isPortRange,
    'a port or a range of them',
    'RoutingPolicyRule.DestinationPort RoutingPolicyRule.SourcePort',
  ),
  ...all(
    list(
      word =>
        word.split(':').length <= 2 &&
        number(1n, UINT32)(word.split(':')[0] ?? '') &&
        number(1n, 256n)(word.split(':')[1] ?? '1'),
    ),
    'numbers of next hops, with weights (1 to 256) after colons',
    'NextHop.Group',
  ),

  ...bytes(1000n, 0n, MAX_PACED, 'FairQueueing.MaximumRate'),
  ...bytes(1000n, 0n, LARGEST, 'TokenBucketFilter.PeakRate TokenBucketFilter.Rate CAKE.Bandwidth'),
  ...bytes(
    1024n,
    0n,
    LARGEST,
    'TokenBucketFilter.BurstBytes TokenBucketFilter.LimitBytes TokenBucketFilter.MPUBytes TokenBucketFilter.MTUBytes',
  ),
  ...bytes(
    1024n,
    0n,
    UINT32 - 1n,
    `FairQueueing.InitialQuantumBytes FairQueueing.QuantumBytes FairQueueingControlledDelay.MemoryLimitBytes
    FairQueueingControlledDelay.QuantumBytes`,
  ),
  ...bytes(1024n, 68n, UINT32, 'Link.MTUBytes DHCPv4.RouteMTUBytes Route.MTUBytes'),
  ...bytes(1024n, 1280n, UINT32, 'Network.IPv6MTUBytes'),
  ...bytes(1024n, 1n, UINT32, 'Route.TCPAdvertisedMaximumSegmentSize'),

  ...spans(
    0n,
    LARGEST / 1_000_000n,
    `Network.IPv4DuplicateAddressDetectionTimeoutSec Network.IPv6RetransmissionTimeSec DHCPServer.DefaultLeaseTimeSec
    DHCPServer.MaxLeaseTimeSec IPv6SendRA.DNSLifetimeSec FairQueueingControlledDelay.CEThresholdSec
    FairQueueingControlledDelay.IntervalSec FairQueueingControlledDelay.TargetSec TokenBucketFilter.LatencySec
    NetworkEmulator.DelayJitterSec NetworkEmulator.DelaySec`,
  ),
  ...spans(0n, 4_000_000n, 'IPv6SendRA.ReachableTimeSec IPv6SendRA.RetransmitSec'),
  ...spans(1n, 65_535n, 'IPv6SendRA.HomeAgentLifetimeSec'),
  ...spans(0n, 65_528n, 'IPv6PREF64Prefix.LifetimeSec'),
  ...spans(300n, UINT32, 'DHCPServer.IPv6OnlyPreferredSec'),
  ...spans(0n, 4000n, 'FairQueueing.CEThresholdSec'),
  ...all(someTime(4000n), 'some time, up to 4000s', 'CAKE.RTTSec Route.TCPRetransmissionTimeoutSec'),
  ...all(
    either(oneOf('0'), span(4n, 9000n)),
    'a time span from 4s to 9000s, or 0',
    'IPv6SendRA.RouterLifetimeSec',
  ),
  ...all(
    either(oneOf('infinity'), span(0n, UINT32 - 1n)),
    'a time span or infinity',
    'IPv6Prefix.PreferredLifetimeSec IPv6Prefix.ValidLifetimeSec IPv6RoutePrefix.LifetimeSec',
  ),
];

/** Not -1, in neither 16 nor 32 bits. */
function isUid(value: string): boolean {
  return value !== '65535' && number(0n, UINT32 - 2n)(value);
}

function inOrder(value: string): boolean {
  const [from = '', to = from] = value.split('-');
  return BigInt(from) <= BigInt(to);
}
