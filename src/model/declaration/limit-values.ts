import { isPrefix } from '../ip-address.ts';
import { quoted } from '../text.ts';
import type { LimitKind } from './limit-vocabulary.ts';
import {
  isBoolean,
  isNumber,
  isPercent,
  isPlainPath,
  isRange,
  isShare,
  isSize,
  isSpan,
  LARGEST,
  MAX_INDEX,
  someWords,
  words,
} from './readers.ts';

/** Longer than any value that means something; keeps what follows short. */
const MAX_LENGTH = 4096;

/**
 * Why PID 1 would not read a value of a limit, or not as meant. Left out with intent is what it reads, but hardly as
 * whoever wrote it: `010` (8), `%` in a path (a specifier), quotes and backslashes (taken off). Each rule is checked
 * against the real thing by limits-mean-what-they-say.host.test.ts.
 */
export function notAValue(kind: LimitKind, value: string): string | undefined {
  return value.length <= MAX_LENGTH && READABLE[kind](value)
    ? undefined
    : `cannot read ${quoted(value)} as ${NAMES[kind]}`;
}

const PORTS = /^(?:(?:ipv4|ipv6)(?=:.|$):?)?(?:(?:tcp|udp)(?=:.|$):?)?(?:any|(\d{1,5})(?:-(\d{1,5}))?)?$/;
const NFT_SET = /^(?:cgroup|user|group):(?:arp|bridge|inet|ip|ip6|netdev)(?::[A-Za-z][A-Za-z0-9_]{0,30}){2}$/;

/** Of parse_permyriad() in systemd. */
const MAX_PERMYRIAD = 2 ** 31 - 1;
const MAX_UNIT_NAME = 255;
const MAX_ALTERNATIVE_NAME = 127;

const ADDRESSES: readonly string[] = ['any', 'localhost', 'link-local', 'multicast'];
const PROGRAMS: readonly string[] = words(`
  ingress egress sock_create sock_ops device bind4 bind6 connect4 connect6 post_bind4 post_bind6 sendmsg4 sendmsg6
  sysctl recvmsg4 recvmsg6 getsockopt setsockopt
`);
const CONTROLLERS: readonly string[] = words(`
  cpu cpuacct cpuset io blkio memory devices pids bpf-firewall bpf-devices bpf-foreign bpf-socket-bind
  bpf-restrict-network-interfaces
`);

const READABLE: Readonly<Record<LimitKind, (value: string) => boolean>> = {
  bytes: value => value === 'infinity' || isSize(value, 1024n, 0n) || isShare(value, 0),
  'some bytes': value => value === 'infinity' || isSize(value, 1024n, 1n) || isShare(value, 0.01),
  tasks: value => value === 'infinity' || isNumber(value, 1n, LARGEST) || isShare(value, 0.01),
  quota: value => isPercent(value, 0.01, MAX_PERMYRIAD / 100),
  percent: value => isShare(value, 0),
  weight: value => isNumber(value, 1n, 10_000n),
  'cpu weight': value => value === 'idle' || isNumber(value, 1n, 10_000n),
  boolean: isBoolean,
  period: value => isSpan(value, 1000n, 1_000_000n),
  'pressure span': value => isSpan(value, 1_000_000n, LARGEST),
  indexes: value => words(value, /[ \t\n,]+/).every(isRange) && /\d/.test(value),
  'device weight': value => isForDevice(value, weight => isNumber(weight, 1n, 10_000n)),
  'device rate': value => isForDevice(value, rate => rate === 'infinity' || isSize(rate, 1000n, 1n)),
  'device span': value => isForDevice(value, span => span === 'infinity' || isSpan(span, 1n, LARGEST)),
  device: isDevice,
  addresses: value => someWords(value, word => ADDRESSES.includes(word) || isPrefix(word)),
  ports: arePorts,
  interfaces: value => someWords(value.replace(/^~/, ''), isInterface),
  'nft sets': value => someWords(value, word => NFT_SET.test(word)),
  path: value => value !== '/' && isPlainPath(value),
  program: value => {
    const [type = '', ...path] = value.split(':');
    return PROGRAMS.includes(type) && isPlainPath(path.join(':'));
  },
  controllers: value => someWords(value, word => CONTROLLERS.includes(word)),
  'oom action': value => value === 'auto' || value === 'kill',
  'oom preference': value => ['none', 'avoid', 'omit'].includes(value),
  partition: value => ['member', 'root', 'isolated'].includes(value),
  slice: isSlice,
};

const NAMES: Readonly<Record<LimitKind, string>> = {
  bytes: 'a size (whole bytes, with K, M, G, T, P or E, a percentage up to 100%, or infinity)',
  'some bytes':
    'a size (more than 0 bytes, whole, with K, M, G, T, P or E, a percentage up to 100%, or infinity)',
  tasks: 'a number of tasks (at least 1, a percentage up to 100%, or infinity)',
  quota: 'a percentage above 0%',
  percent: 'a percentage up to 100%',
  weight: 'a weight (1 to 10000)',
  'cpu weight': 'a weight (1 to 10000, or idle)',
  boolean: 'true or false',
  period: 'a time span from 1ms to 1s, in whole microseconds',
  'pressure span': 'a time span of at least 1s, in whole microseconds',
  indexes: `a list of numbers and ranges (0 to ${MAX_INDEX})`,
  'device weight': 'a device and a weight',
  'device rate': 'a device and a rate (more than 0, with K, M, G, T, P or E, or infinity)',
  'device span': 'a device and a time span',
  device: 'a device (/dev/…, char-…, block-…) and what is allowed (rwm)',
  addresses:
    'IP addresses, with or without prefix length, or any, localhost, link-local, multicast, with blanks between them',
  ports: 'what may be bound ([ipv4:|ipv6:][tcp:|udp:]PORT, PORT-PORT or any)',
  interfaces: 'names of interfaces, after ~ if all others are meant',
  'nft sets': 'nftables sets (cgroup|user|group:FAMILY:TABLE:SET)',
  path: 'a path (absolute, in its simplest form, without % " \' and backslash)',
  program: 'a BPF program (TYPE:PATH)',
  controllers: 'names of controllers, with blanks between them',
  'oom action': '"auto" or "kill"',
  'oom preference': '"none", "avoid" or "omit"',
  partition: '"member", "root" or "isolated"',
  slice: 'the name of a slice unit',
};

function isForDevice(value: string, isRight: (value: string) => boolean): boolean {
  const [, path = '', rest = ''] = /^(\/[^ \t]*)[ \t]+([^ \t].*)$/.exec(value) ?? [];
  return isPlainPath(path) && isRight(rest);
}

function isDevice(value: string): boolean {
  const [, device = '', rights] = /^([^ \t]+)(?:[ \t]+([rwm]{1,3}))?$/.exec(value) ?? [];
  if (device === '' || (rights === undefined && /[ \t]/.test(value))) return false;
  if (/^(char|block)-/.test(device)) return /^(char|block)-[\w.*?[\]-]+$/.test(device);
  return device.startsWith('/dev/') && isPlainPath(device);
}

function arePorts(value: string): boolean {
  const [all, from = '1', to = from] = PORTS.exec(value) ?? [];
  const most = 65_535n;
  return all !== undefined && all !== '' && isNumber(from, 1n, most) && isNumber(to, BigInt(from), most);
}

function isInterface(word: string): boolean {
  const reserved = ['.', '..', 'all', 'default'].includes(word) || /^\d+$/.test(word);
  return !reserved && word.length <= MAX_ALTERNATIVE_NAME && /^[!-~]+$/.test(word) && !/[:/%"'\\]/.test(word);
}

function isSlice(value: string): boolean {
  if (value === '-.slice') return true;
  const name = /^([\w:.\\-]+)\.slice$/.exec(value)?.[1];
  return name !== undefined && value.length <= MAX_UNIT_NAME && !/^-|--|-$/.test(name);
}
