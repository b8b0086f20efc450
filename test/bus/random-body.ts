/** Random message bodies, the same for the same seed. */
import { Variant } from '../../src/adapters/bus/encode.ts';

/** A whole number from 0 to below `limit`. */
export type Random = (limit: number) => number;

/** xorshift32 */
export function randomNumbers(seed: number): Random {
  let state = (seed * 2_654_435_769) >>> 0 || 1;
  return limit => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}

/** Values with the signature that they have, as `encode` takes them. */
export function randomBody(random: Random): { signature: string; values: unknown[] } {
  const parts = Array.from({ length: random(4) }, () => randomValue(random, randomType(random, 0), 0));
  return { signature: parts.map(([type]) => type).join(''), values: parts.map(([, value]) => value) };
}

const BASIC = 'ynqiuxtdbsog';

function randomType(random: Random, depth: number): string {
  const kind = random(depth > 3 ? 12 : 20);
  if (kind < 12) return BASIC[kind] ?? 'y';
  if (kind < 14) return 'v';
  if (kind < 16) return `a${randomType(random, depth + 1)}`;
  if (kind < 18) return `a{s${randomType(random, depth + 1)}}`;
  const members = Array.from({ length: 1 + random(3) }, () => randomType(random, depth + 1));
  return `(${members.join('')})`;
}

function randomValue(random: Random, type: string, depth: number): [string, unknown] {
  return [type, anyOf(random, type, depth)];
}

function anyOf(random: Random, type: string, depth: number): unknown {
  const [letter = 'y'] = type;
  if (letter === 'v') {
    const inner = depth > 4 ? 'y' : randomType(random, depth);
    return new Variant(inner, anyOf(random, inner, depth + 1));
  }
  if (letter === '(') return members(type.slice(1, -1)).map(member => anyOf(random, member, depth + 1));
  if (type.startsWith('a{s')) {
    const inner = type.slice(3, -1);
    const entries = Array.from({ length: random(4) }, (_, i) => [`key${i}`, anyOf(random, inner, depth + 1)]);
    return Object.fromEntries(entries);
  }
  if (letter === 'a') return Array.from({ length: random(5) }, () => anyOf(random, type.slice(1), depth + 1));
  return basicValue(random, letter);
}

function basicValue(random: Random, letter: string): unknown {
  if (letter === 'b') return random(2) === 1;
  if (letter === 's') return 'text ä\u{1f600}'.slice(0, random(6));
  if (letter === 'o') return random(2) === 1 ? '/' : '/a/b_2d';
  if (letter === 'g') return random(2) === 1 ? '' : 'a{sv}';
  if (letter === 'x' || letter === 't') return BigInt(random(1000));
  return random(128);
}

/** The complete types in a signature. */
function members(signature: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOf(signature, at);
    found.push(signature.slice(at, end));
    at = end;
  }
  return found;
}

function endOf(signature: string, at: number): number {
  if (signature[at] === 'a') return endOf(signature, at + 1);
  let depth = 0;
  for (let end = at; ; end++) {
    if ('({'.includes(signature[end] ?? '')) depth++;
    if (')}'.includes(signature[end] ?? '')) depth--;
    if (depth === 0) return end + 1;
  }
}
