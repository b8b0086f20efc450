/** How the value of a limit reads. */
export type LimitKind =
  | 'bytes'
  | 'tasks'
  | 'quota'
  | 'percent'
  | 'weight'
  | 'cpu weight'
  | 'boolean'
  | 'span'
  | 'indexes'
  | 'device weight'
  | 'device bytes'
  | 'device span'
  | 'device'
  | 'oom action'
  | 'oom preference'
  | 'partition'
  | 'slice'
  | 'text';

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
  ...one('span', 'CPUQuotaPeriodSec ManagedOOMMemoryPressureDurationSec'),
  ...one('indexes', 'AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes'),
  ...one('partition', 'CPUSetPartition'),
  ...one(
    'boolean',
    'CPUAccounting MemoryAccounting TasksAccounting IOAccounting IPAccounting MemoryZSwapWriteback CoredumpReceive',
  ),
  ...one('bytes', 'MemoryMin MemoryLow MemoryHigh MemoryMax MemorySwapMax MemoryZSwapMax'),
  ...one(
    'bytes',
    'StartupMemoryLow StartupMemoryHigh StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax',
  ),
  ...one('tasks', 'TasksMax'),
  ...one('weight', 'IOWeight StartupIOWeight'),
  ...one('oom action', 'ManagedOOMSwap ManagedOOMMemoryPressure'),
  ...one('percent', 'ManagedOOMMemoryPressureLimit'),
  ...one('oom preference', 'ManagedOOMPreference'),
  ...one('slice', 'Slice'),
  ...many('device weight', 'IODeviceWeight'),
  ...many('device bytes', 'IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax'),
  ...many('device span', 'IODeviceLatencyTargetSec'),
  ...many('device', 'DeviceAllow'),
  ...many(
    'text',
    'IPAddressAllow IPAddressDeny SocketBindAllow SocketBindDeny RestrictNetworkInterfaces NFTSet',
  ),
  ...many('text', 'IPIngressFilterPath IPEgressFilterPath BPFProgram DisableControllers'),
]);

function one(kind: LimitKind, settings: string): [string, LimitSyntax][] {
  return settings.split(' ').map(setting => [setting, { kind, list: false }]);
}

function many(kind: LimitKind, settings: string): [string, LimitSyntax][] {
  return settings.split(' ').map(setting => [setting, { kind, list: true }]);
}
