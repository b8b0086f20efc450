import { Variant } from '../../../src/adapters/bus/encode.ts';
import { Random } from '../../scenarios/soak/random.ts';

/** A value as it is sent, and as it is when it has been received. */
export interface BusValue {
  readonly sent: unknown;
  readonly received: unknown;
}

/** Not more: the encoder keeps what it has compiled, as it never sees signatures of others. */
const SIGNATURES = 3000;
const BASIC = ['y', 'b', 'n', 'q', 'i', 'u', 'x', 't', 'd', 's', 'o', 'g'];

/** Of one complete type. */
export function someType(random: Random): string {
  return typeOf(new Random(random.below(SIGNATURES)), 4);
}

function typeOf(random: Random, depth: number): string {
  const inner = () => typeOf(random, depth - 1);
  switch (depth > 0 ? random.below(8) : 0) {
    case 1:
      return 'v';
    case 2:
    case 3:
      return `a${inner()}`;
    case 4:
      return `a{${random.pick(BASIC)}${inner()}}`;
    case 5:
      return `(${Array.from({ length: 1 + random.below(3) }, inner).join('')})`;
    default:
      return random.pick(BASIC);
  }
}

/** A value of one complete type. */
export function someValue(random: Random, type: string, depth = 3): BusValue {
  const [first = ''] = type;
  if (first === 'v') return someVariant(random, depth);
  if (type.startsWith('a{')) return someDictionary(random, type.slice(2, -1), depth);
  if (type === 'ay')
    return both(Buffer.from(Array.from({ length: random.below(5) }, () => random.below(256))));
  if (first === 'a')
    return all(Array.from({ length: random.below(4) }, () => someValue(random, type.slice(1), depth)));
  if (first === '(') return all(typesIn(type.slice(1, -1)).map(inner => someValue(random, inner, depth)));
  return both(someBasic(random, first));
}

function someVariant(random: Random, depth: number): BusValue {
  const type = depth > 0 ? someType(random) : random.pick(BASIC);
  const { sent, received } = someValue(random, type, depth - 1);
  return { sent: new Variant(type, sent), received };
}

function someDictionary(random: Random, entry: string, depth: number): BusValue {
  const [key = '', value = ''] = [entry.slice(0, 1), entry.slice(1)];
  const pairs = new Map<string, [unknown, BusValue]>();
  for (let left = random.below(4); left > 0; left--) {
    const name = someBasic(random, key);
    pairs.set(String(name), [name, someValue(random, value, depth)]);
  }
  return {
    sent: new Map([...pairs.values()].map(([name, { sent }]) => [name, sent])),
    received: Object.fromEntries([...pairs].map(([name, [, { received }]]) => [name, received])),
  };
}

const STRINGS = [
  '',
  'a',
  'web',
  '__proto__',
  'constructor',
  '/',
  'org.nixos.nspawn1',
  'é😀',
  '\u202e\u0085',
  '1',
  '-1',
];
const PATHS = ['/', '/a', '/org/nixos/nspawn1', '/org/freedesktop/systemd1/unit/a_2eservice', '/_'];

function someBasic(random: Random, type: string): unknown {
  switch (type) {
    case 'y':
      return random.below(256);
    case 'b':
      return random.chance(0.5);
    case 'n':
      return random.pick([0, 1, -1, 32767, -32768]);
    case 'q':
      return random.pick([0, 1, 65535]);
    case 'i':
      return random.pick([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]);
    case 'u':
      return random.pick([0, 1, 2 ** 32 - 1]);
    case 'x':
      return random.pick([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]);
    case 't':
      return random.pick([0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n]);
    case 'd':
      return random.pick([0, 1.5, -1e300, Number.POSITIVE_INFINITY, Number.NaN]);
    case 'o':
      return random.pick(PATHS);
    case 'g':
      return random.pick(['', 's', 'a{sv}', '(ii)']);
    default:
      return random.pick(STRINGS);
  }
}

/** The complete types of a signature. */
function typesIn(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function endOfType(signature: string, at: number): number {
  if (signature[at] === 'a') return endOfType(signature, at + 1);
  if (signature[at] !== '(' && signature[at] !== '{') return at + 1;
  let depth = 0;
  do {
    if ('({'.includes(signature[at] ?? '')) depth++;
    if (')}'.includes(signature[at] ?? '')) depth--;
    at++;
  } while (depth > 0);
  return at;
}

function both(value: unknown): BusValue {
  return { sent: value, received: value };
}

function all(values: readonly BusValue[]): BusValue {
  return { sent: values.map(({ sent }) => sent), received: values.map(({ received }) => received) };
}
