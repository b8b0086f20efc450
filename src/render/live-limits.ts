import { LIMITS, type LimitKind } from '../model/declaration/limit-vocabulary.ts';
import { microsecondsOf } from '../model/time-span.ts';

/** One property of a unit as `SetUnitProperties` takes it (org.freedesktop.systemd1(5)). */
export interface LiveProperty {
  /** Often not quite the setting's name: `CPUQuota=` is `CPUQuotaPerSecUSec`. */
  readonly name: string;
  readonly signature: 't' | 'u' | 'b' | 's';
  readonly value: bigint | number | boolean | string;
  /** The setting in the unit file, after which PID 1 names the file that it writes. */
  readonly setting: string;
}

/**
 * What to set on the running unit so that it is as its drop-in will have it: `before` is the drop-in as PID 1 has read
 * it, `after` as it is to be. Undefined when it takes a daemon-reload: when anything but limits differs, or a limit that
 * can't be set live.
 *
 * A limit that goes away is such a one. What holds then is for the template unit (`TasksMax=16384`), its other drop-ins
 * and the manager's defaults to say, and only reading them again tells.
 */
export function liveLimits(before: string, after: string): readonly LiveProperty[] | undefined {
  const old = read(before);
  const wanted = read(after);
  if (old === undefined || wanted === undefined || old.rest !== wanted.rest) return undefined;
  if ([...old.limits.keys()].some(setting => !wanted.limits.has(setting))) return undefined;
  const changed = [...wanted.limits].filter(([setting, value]) => old.limits.get(setting) !== value);
  const properties = changed.map(([setting, value]) => propertyOf(setting, value));
  return properties.every(property => property !== undefined) ? properties : undefined;
}

interface DropIn {
  readonly limits: ReadonlyMap<string, string>;
  /** All other lines. */
  readonly rest: string;
}

/** Undefined when a limit is there twice: a list. */
function read(content: string): DropIn | undefined {
  const limits = new Map<string, string>();
  const rest: string[] = [];
  let section = '';
  for (const line of content.split('\n')) {
    const [, key = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (line.startsWith('[')) section = line;
    if (section !== '[Service]' || !LIMITS.has(key)) {
      rest.push(line);
      continue;
    }
    if (limits.has(key)) return undefined;
    limits.set(key, value);
  }
  return { limits, rest: rest.join('\n') };
}

function propertyOf(setting: string, value: string): LiveProperty | undefined {
  const syntax = LIMITS.get(setting);
  if (syntax === undefined || syntax.list || NOT_LIVE.has(setting)) return undefined;
  const typed = BY_KIND[syntax.kind]?.(value);
  return typed && { setting, name: RENAMED.get(setting) ?? setting, ...typed };
}

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['CPUQuota', 'CPUQuotaPerSecUSec'],
  ['CPUQuotaPeriodSec', 'CPUQuotaPeriodUSec'],
  ['ManagedOOMMemoryPressureDurationSec', 'ManagedOOMMemoryPressureDurationUSec'],
]);

/** PID 1 has no setter for the first; that of the second does nothing, and writes nothing, where it is obsolete. */
const NOT_LIVE: ReadonlySet<string> = new Set(['CoredumpReceive', 'CPUAccounting']);

const INFINITY = 2n ** 64n - 1n;
/** PID 1 does not read larger numbers in a unit file, though it takes them on the bus. */
const LARGEST = 2n ** 63n - 1n;
const LARGEST_EXACT = 2n ** 53n;
const LARGEST_PERMYRIAD = 2n ** 31n - 1n;

type Typed = Pick<LiveProperty, 'signature' | 'value'>;

/**
 * What is absent takes a daemon-reload: lists and sets, to which another file may add; the slice, which takes a restart.
 */
const BY_KIND: Partial<Record<LimitKind, (value: string) => Typed | undefined>> = {
  bytes: value => number64(bytes(value)),
  'some bytes': value => number64(bytes(value)),
  tasks: value => number64(value === 'infinity' ? INFINITY : integer(value)),
  quota: value => {
    const share = permyriad(value);
    return share === undefined ? undefined : number64(share * 100n);
  },
  percent: value => {
    const share = permyriad(value);
    if (share === undefined || share > 10_000n) return undefined;
    return { signature: 'u', value: Number((share * 0xffff_ffffn + 5000n) / 10_000n) };
  },
  weight: value => number64(integer(value)),
  'cpu weight': value => number64(value === 'idle' ? 0n : integer(value)),
  boolean: value => ({ signature: 'b', value: /^(1|yes|y|true|t|on)$/i.test(value) }),
  period: value => number64(microseconds(value)),
  'pressure span': value => number64(microseconds(value)),
  'oom action': value => ({ signature: 's', value }),
  'oom preference': value => ({ signature: 's', value }),
};

function number64(value: bigint | undefined): Typed | undefined {
  const outOfRange = value === undefined || (value > LARGEST && value !== INFINITY);
  return outOfRange ? undefined : { signature: 't', value };
}

const POWERS = 'KMGTPE';

/** As systemd's parse_size() has it, which cuts off fractions of a byte. Not percentages: they depend on the host. */
function bytes(text: string): bigint | undefined {
  if (text === 'infinity') return INFINITY;
  const [, whole, decimals = '', unit = ''] = /^(\d+)(?:\.(\d+))?([KMGTPE]?)$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const factor = 1024n ** BigInt(unit === '' ? 0 : POWERS.indexOf(unit) + 1);
  const fraction = (BigInt(decimals || '0') * factor) / 10n ** BigInt(decimals.length);
  const size = BigInt(whole) * factor + fraction;
  // PID 1 reckons the fraction in floating point.
  return decimals !== '' && size > LARGEST_EXACT ? undefined : size;
}

function integer(text: string): bigint | undefined {
  const value = /^\d+$/.test(text) ? BigInt(text) : undefined;
  return value === INFINITY ? undefined : value;
}

/** Hundredths of a percent. */
function permyriad(text: string): bigint | undefined {
  const [, whole, decimals = ''] = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const value = BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'));
  return value > LARGEST_PERMYRIAD ? undefined : value;
}

function microseconds(text: string): bigint | undefined {
  const span = microsecondsOf(text);
  return span === Number.POSITIVE_INFINITY ? INFINITY : (span as bigint | undefined);
}
