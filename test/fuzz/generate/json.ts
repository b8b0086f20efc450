import type { Random } from '../../scenarios/soak/random.ts';
import { mutatedText, oddText } from './text.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NUMBERS = [0, -0, 1, -1, 1.5, 65535, 65536, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 1e21, 1e308, -1e-7];

/** Any value, to a depth. */
export function anyJson(random: Random, depth = 3): Json {
  switch (random.below(depth > 0 ? 8 : 5)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(NUMBERS);
    case 3:
    case 4:
      return oddText(random);
    case 5:
      return Array.from({ length: random.below(4) }, () => anyJson(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [oddText(random, 2), anyJson(random, depth - 1)]),
      );
  }
}

/** The same value with one part of it replaced, removed, renamed or doubled. */
export function mutatedJson(random: Random, value: Json): Json {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return mutatedLeaf(random, value);
  if (Array.isArray(value)) return mutatedList(random, value);
  const entries = Object.entries(value);
  if (entries.length === 0) return { [oddText(random, 2)]: anyJson(random) };
  const at = random.below(entries.length);
  const [key, one] = entries[at] as [string, Json];
  const kept = entries.toSpliced(at, 1);
  switch (random.below(8)) {
    case 0:
      return Object.fromEntries(kept);
    case 1:
      return Object.fromEntries([...kept, [mutatedText(random, key), one]]);
    case 2:
      return Object.fromEntries([...entries, [oddText(random, 2), anyJson(random)]]);
    default:
      return Object.fromEntries(entries.with(at, [key, mutatedJson(random, one)]));
  }
}

function mutatedList(random: Random, value: Json[]): Json {
  const at = random.below(value.length + 1);
  const one = value[at];
  if (one === undefined || random.chance(0.2)) return value.toSpliced(at, 0, one ?? anyJson(random));
  return random.chance(0.2) ? value.toSpliced(at, 1) : value.with(at, mutatedJson(random, one));
}

function mutatedLeaf(random: Random, value: Json): Json {
  if (typeof value === 'string' && random.chance(0.6)) return mutatedText(random, value);
  if (typeof value === 'number' && random.chance(0.6))
    return value + random.pick([1, -1, 0.5, 65536, -value]);
  return anyJson(random);
}

/** As text, written in one of several ways. */
export function jsonText(random: Random, value: Json): string {
  return JSON.stringify(value, null, random.pick([undefined, 2, '\t'])) ?? 'null';
}

/** Texts that are large, deep, or have very much wrong with them; up to a megabyte. */
export function hugeText(random: Random, keys: readonly string[]): string {
  const key = random.pick(keys);
  const count = random.pick([65, 1000, 10_000, 100_000]);
  const few = Math.min(count, 10_000);
  const list = (item: (at: number) => string) => Array.from({ length: few }, (_, at) => item(at)).join(',');
  const wrapped = (text: string) => `{"path":"/nix/var/nix/profiles/web","${key}":${text}}`;
  switch (random.below(10)) {
    case 0:
      return wrapped('['.repeat(count) + ']'.repeat(count));
    case 1:
      return wrapped('{"a":'.repeat(few) + '1'.concat('}'.repeat(few)));
    case 2:
      return '['.repeat(count);
    case 3:
      return wrapped(`{${list(() => '"a":1')}}`);
    case 4:
      return wrapped(`{${list(at => `"k${at}":{"x":1,"x":2}`)}}`);
    case 5:
      return `{${list(at => `"k${at}":${at}`)}}`;
    case 6:
      return wrapped(`[${list(at => random.pick(['1', '"a"', '{}', '[]', 'null', `"m${at}"`]))}]`);
    case 7:
      return wrapped(
        `"${random.pick(['a', '\\\\', '\\u0085', '\\ud800', ' ', '9', 'é'])}`
          .repeat(count)
          .slice(0, 1e6)
          .concat('"'),
      );
    case 8:
      return wrapped(`[${list(at => `"c${at}"`)}]`);
    default:
      return ' '.repeat(count) + wrapped('1').concat('\n'.repeat(count), random.pick(['', '}']));
  }
}
