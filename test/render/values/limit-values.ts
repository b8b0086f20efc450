import { expect } from 'vitest';
import type { LimitKind } from '../../../src/model/declaration/limit-vocabulary.ts';
import { microsecondsOf } from '../../../src/model/time-span.ts';

/** Values of each kind, at the edges of what is accepted above all. */
export const GOOD: Readonly<Record<LimitKind, readonly string[]>> = {
  bytes: list(
    '0 1 4096 010 1K 1.5G 0.1G 1.0001K 15E 14.99E 16383P 16382.9P 18446744073709551614 infinity 0% 100% 0.01% 33.33% 7.05%',
  ),
  'some bytes': list(
    '1 4095 1K 0.5K 1.5G 0.001M 15E 14.999E 16382.9P 18446744073709551614 infinity 100% 0.01% 50.5% 9.09%',
  ),
  tasks: list('1 16384 4194304 9223372036854775808 18446744073709551614 infinity 100% 0.01% 50% 99.99%'),
  quota: list('0.01% 0.1% 1% 50% 150.5% 150.55% 400% 1000000% 21474836.47% 8.08%'),
  percent: list('0% 0.01% 50% 50.55% 99.99% 100% 3.09%'),
  weight: list('1 2 100 9999 10000'),
  'cpu weight': list('idle 1 100 10000'),
  boolean: list('1 0 yes no y n true false t f on off YES oFF'),
  period: [
    '1ms',
    '1000us',
    '1500us',
    '10ms',
    '0.5s',
    '999ms 999us',
    '1s',
    '1000ms',
    '1',
    '.25',
    '20 ms',
    '0.1 s',
  ],
  'pressure span': [
    '1s',
    '1.5s',
    '30',
    '1min 30s',
    '2h30min',
    '1w 1d',
    '1M',
    '1y',
    '500000y',
    '1.000001s',
    '1s .5s',
  ],
  indexes: ['0', '0-3', '0,2', '0 2', '5-5', '1,,2', '8191', '0-8191', '1,2 5-6', '4095', '7, 9'],
  'device weight': ['/dev/null 1', '/dev/null 10000', '/dev/null  5', '/dev/x;y 7', '/dev/é 7', '/srv 100'],
  'device rate': [
    '/dev/null 1',
    '/dev/null 1.5M',
    '/dev/null 10E',
    '/dev/null 18446744073709551614',
    '/dev/x 0.001K',
  ],
  'device span': ['/dev/null 1us', '/dev/null 5', '/dev/null 5 ms', '/dev/null 1s 5ms', '/dev/null 500000y'],
  device: [
    '/dev/kvm',
    '/dev/kvm r',
    '/dev/kvm  rw',
    '/dev/x;y m',
    'char-pts',
    'char-* rw',
    'block-loop mwr',
    'char-[ab]? r',
  ],
  addresses: [
    '10.0.0.0/8',
    '10.0.0.1',
    '10.0.0.1/8',
    '::1',
    'any',
    'localhost',
    'link-local multicast',
    '0.0.0.0/0',
    '::/0',
    'fe80::/10',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:7:8/128',
    '1::',
    '10.0.0.0/8  192.168.0.0/16',
  ],
  ports: list(
    '80 1 65535 80-90 1-65535 any ipv4 ipv6:any tcp udp:any ipv4:tcp ipv4:tcp:80 ipv6:udp:1-2 ipv4:443 tcp:5',
  ),
  interfaces: [
    'eth0',
    'eth0 lo',
    '~eth0',
    '~eth0 lo',
    'wlan*',
    'a-name-of-more-than-fifteen',
    'x'.repeat(127),
  ],
  'nft sets': [
    'cgroup:inet:filter:my_service',
    'user:ip:a:b group:ip6:a:c',
    'cgroup:netdev:f:X1',
    'cgroup:arp:f:x',
  ],
  path: ['/sys/fs/bpf/x', '/a', '/a b', '/é;#', '/a$b'],
  program:
    list(`ingress:/a egress:/sys/fs/bpf/x sock_create:/a sock_ops:/a device:/a bind4:/a bind6:/a connect4:/a
    connect6:/a post_bind4:/a post_bind6:/a sendmsg4:/a sendmsg6:/a sysctl:/a recvmsg4:/a recvmsg6:/a getsockopt:/a
    setsockopt:/a:b`),
  controllers: [
    'cpu',
    'cpu memory',
    'cpuset io pids',
    'cpuacct blkio devices',
    'bpf-firewall bpf-devices',
    'bpf-foreign bpf-socket-bind  bpf-restrict-network-interfaces',
  ],
  'oom action': list('auto kill'),
  'oom preference': list('none avoid omit'),
  partition: list('member root isolated'),
  slice: [
    'machine.slice',
    'a.slice',
    '-.slice',
    'a-b-c.slice',
    'a:b.slice',
    'a.b.slice',
    'A_b.slice',
    'a\\x2db.slice',
    `${'x'.repeat(249)}.slice`,
  ],
};

/** What the host has in all, by what it makes of 100%. */
export interface Whole {
  readonly bytes: bigint;
  readonly tasks: bigint;
}

/** Compares what systemd shows of a limit with what was written; throws where it is something else. */
export function expectMeaning(kind: LimitKind, value: string, shown: readonly string[], whole: Whole): void {
  const [first = ''] = shown;
  const words = first.split(/ +/).sort();
  switch (kind) {
    case 'bytes':
    case 'some bytes':
      if (value.endsWith('%')) expectShare(value, first, whole.bytes, 4096n);
      else expectSize(value, first);
      return;
    case 'tasks':
      if (value.endsWith('%')) expectShare(value, first, whole.tasks, 1n);
      else expect(first).toBe(value);
      return;
    case 'quota':
      expect(microsecondsOf(first)).toBe(hundredthsOf(value) * 100n);
      return;
    case 'percent':
      expectShare(value, first, 2n ** 32n - 1n, 1n);
      return;
    case 'period':
    case 'pressure span':
      expect(microsecondsOf(first)).toBe(microsecondsOf(value));
      return;
    case 'boolean':
      expect(first).toBe(/^(1|y|t|on)/i.test(value) ? 'yes' : 'no');
      return;
    case 'indexes':
      expect(indexesOf(first)).toEqual(indexesOf(value));
      return;
    case 'device weight':
      expect(first).toBe(value.replace(/ +/, ' '));
      return;
    case 'device rate': {
      const [, device, rate = ''] = /^([^ ]+) +(.*)$/.exec(value) ?? [];
      expect(first).toBe(rate === 'infinity' ? '' : `${device} ${sizeOf(rate, 1000n)}`);
      return;
    }
    case 'device span': {
      const [, device, span = ''] = /^([^ ]+) +(.*)$/.exec(value) ?? [];
      const [, got, as = ''] = /^([^ ]+) +(.*)$/.exec(first) ?? [];
      expect([got, microsecondsOf(as)]).toEqual([device, microsecondsOf(span)]);
      return;
    }
    case 'device': {
      const [device, rights = 'rwm'] = value.split(/[ \n]+/);
      expect(shown).toContain(`${device} ${[...'rwm'].filter(one => rights.includes(one)).join('')}`);
      return;
    }
    case 'ports':
      expect(first.replaceAll(/:|any/g, '')).toBe(value.replaceAll(/:|any/g, ''));
      return;
    case 'interfaces':
      expect(first.startsWith('~')).toBe(value.startsWith('~'));
      expect(new Set(first.replace(/^~/, '').split(' '))).toEqual(
        new Set(value.replace(/^~/, '').split(/ +/)),
      );
      return;
    case 'addresses':
      for (const word of value.split(/ +/)) expect(words.join(' ')).toContain(networkOf(word));
      return;
    case 'path':
      expect(first.replace(/^"(.*)"$/, '$1').replaceAll(/\\(.)/g, '$1')).toBe(value);
      return;
    case 'controllers':
      expect(new Set(words)).toEqual(new Set(value.split(/ +/)));
      return;
    case 'nft sets':
      // systemctl does not show it: only that PID 1 has no complaint.
      return;
    default:
      expect(first).toBe(value);
  }
}

/** systemd reckons fractions in floating point: right to 53 bits. */
function expectSize(value: string, shown: string): void {
  const meant = sizeOf(value, 1024n);
  if (shown === meant || !value.includes('.')) expect(shown).toBe(meant);
  else expect(Number(shown)).toBe(Number(meant));
}

function expectShare(value: string, shown: string, whole: bigint, unit: bigint): void {
  const meant = (whole * hundredthsOf(value)) / 10_000n;
  const off = BigInt(shown) - meant;
  expect([value, off >= -unit && off <= unit]).toEqual([value, true]);
}

function hundredthsOf(percent: string): bigint {
  const [whole = '', decimals = ''] = percent.replace('%', '').split('.');
  return BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'));
}

function sizeOf(value: string, base: bigint): string {
  if (value === 'infinity') return value;
  const [, whole = '', decimals = '', unit = ''] = /^(\d+)(?:\.(\d+))?([KMGTPE]?)$/.exec(value) ?? [];
  const factor = base ** BigInt(unit === '' ? 0 : 'KMGTPE'.indexOf(unit) + 1);
  return String(BigInt(whole) * factor + (BigInt(decimals || '0') * factor) / 10n ** BigInt(decimals.length));
}

function indexesOf(text: string): number[] {
  if (/^(?:[0-9a-f]{16})+$/.test(text)) return bitsOf(text);
  const ranges = text.split(/[ ,]+/).filter(word => word !== '');
  const all = ranges.flatMap(range => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
  return [...new Set(all)].sort((a, b) => a - b);
}

/** systemctl shows some sets as the bytes of a mask, the lowest first. */
function bitsOf(mask: string): number[] {
  const bytes = mask.match(/../g) ?? [];
  return bytes.flatMap((byte, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter(bit => (Number.parseInt(byte, 16) >> bit) & 1).map(bit => at * 8 + bit),
  );
}

const NETWORKS: Readonly<Record<string, string>> = {
  any: '0.0.0.0/0',
  localhost: '127.0.0.0/8',
  'link-local': '169.254.0.0/16',
  multicast: '224.0.0.0/4',
};

/** As systemd writes it, as far as that is told without a parser of IPv6: those come back as they are, or shorter. */
function networkOf(word: string): string {
  const named = NETWORKS[word];
  if (named !== undefined) return named;
  const [address = '', length = '32'] = word.split('/');
  if (address.includes(':')) return word.includes('/') ? `/${word.split('/')[1]}` : '/128';
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(length));
  const masked = number - (number % size);
  return `${[24, 16, 8, 0].map(shift => Math.floor(masked / 2 ** shift) % 256).join('.')}/${length}`;
}

function list(text: string): string[] {
  return text.trim().split(/[ \n]+/);
}
