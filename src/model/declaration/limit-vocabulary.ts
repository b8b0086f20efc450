/** How the value of a limit reads; what each may be is in limit-values.ts. */
export type LimitKind =
  | 'bytes'
  | 'some bytes'
  | 'tasks'
  | 'quota'
  | 'percent'
  | 'weight'
  | 'cpu weight'
  | 'boolean'
  | 'period'
  | 'pressure span'
  | 'indexes'
  | 'device weight'
  | 'device rate'
  | 'device span'
  | 'device'
  | 'addresses'
  | 'ports'
  | 'interfaces'
  | 'nft sets'
  | 'path'
  | 'program'
  | 'controllers'
  | 'oom action'
  | 'oom preference'
  | 'partition'
  | 'slice';

export interface LimitSyntax {
  readonly kind: LimitKind;
  /** Whether the setting may be given more than once. */
  readonly list: boolean;
}

/**
 * The settings of systemd.resource-control(5) that a machine's unit may have. Left out: Delegate= and its kin and
 * DevicePolicy=, on which nspawn depends, and what only slices or services that cooperate can use.
 */
export const LIMITS: ReadonlyMap<string, LimitSyntax> = new Map([
  ...one('cpu weight', 'CPUWeight StartupCPUWeight'),
  ...one('quota', 'CPUQuota'),
  ...one('period', 'CPUQuotaPeriodSec'),
  ...one('pressure span', 'ManagedOOMMemoryPressureDurationSec'),
  ...one('indexes', 'AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes'),
  ...one('partition', 'CPUSetPartition'),
  ...one(
    'boolean',
    'CPUAccounting MemoryAccounting TasksAccounting IOAccounting IPAccounting MemoryZSwapWriteback CoredumpReceive',
  ),
  ...one('bytes', 'MemoryMin MemoryLow MemorySwapMax MemoryZSwapMax'),
  ...one('bytes', 'StartupMemoryLow StartupMemorySwapMax StartupMemoryZSwapMax'),
  ...one('some bytes', 'MemoryHigh MemoryMax StartupMemoryHigh StartupMemoryMax'),
  ...one('tasks', 'TasksMax'),
  ...one('weight', 'IOWeight StartupIOWeight'),
  ...one('oom action', 'ManagedOOMSwap ManagedOOMMemoryPressure'),
  ...one('percent', 'ManagedOOMMemoryPressureLimit'),
  ...one('oom preference', 'ManagedOOMPreference'),
  ...one('slice', 'Slice'),
  ...many('device weight', 'IODeviceWeight'),
  ...many('device rate', 'IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax'),
  ...many('device span', 'IODeviceLatencyTargetSec'),
  ...many('device', 'DeviceAllow'),
  ...many('addresses', 'IPAddressAllow IPAddressDeny'),
  ...many('ports', 'SocketBindAllow SocketBindDeny'),
  ...many('interfaces', 'RestrictNetworkInterfaces'),
  ...many('nft sets', 'NFTSet'),
  ...many('path', 'IPIngressFilterPath IPEgressFilterPath'),
  ...many('program', 'BPFProgram'),
  ...many('controllers', 'DisableControllers'),
]);

/** The first version of systemd that knows a setting, where that is younger than 257, the oldest that we run on. */
export const LIMIT_SINCE: ReadonlyMap<string, number> = new Map([['CPUSetPartition', 261]]);

/** From this version on systemd counts CPU time always, and warns about the setting. */
export const LIMIT_UNTIL: ReadonlyMap<string, number> = new Map([['CPUAccounting', 258]]);

function one(kind: LimitKind, settings: string): [string, LimitSyntax][] {
  return settings.split(' ').map(setting => [setting, { kind, list: false }]);
}

function many(kind: LimitKind, settings: string): [string, LimitSyntax][] {
  return settings.split(' ').map(setting => [setting, { kind, list: true }]);
}
