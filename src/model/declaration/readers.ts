import { microsecondsOf } from '../time-span.ts';
import { notAPath } from './schema.ts';

/*
 * How systemd reads common kinds of values, and a little less: what it reads, but hardly as whoever wrote it, is refused.
 */

/** UINT64_MAX stands for infinity. */
export const LARGEST = 2n ** 64n - 2n;
/** CPU_SETSIZE of systemd's own sets. */
export const MAX_INDEX = 8191;

/** Not `010`, which is 8. */
const NUMBER = /^(?:0|[1-9]\d{0,19})$/;
/** With the fraction of a unit, but not of a byte. */
const SIZE = /^(\d{1,20})(?:(?:\.(\d{1,9}))?([KMGTPE]))?$/;
const PERCENT = /^(?:0|[1-9]\d{0,9})(?:\.\d{1,2})?%$/;
const BOOLEAN = /^(1|0|yes|no|y|n|true|false|t|f|on|off)$/i;
/** Specifiers are expanded, quotes and backslashes taken off. */
const PLAIN_PATH = /^[^%"'\\]+$/;

export function isBoolean(value: string): boolean {
  return BOOLEAN.test(value);
}

/** Parts of a text, which may be none. */
export function words(text: string, separator = /[ \t\n]+/): string[] {
  return text.split(separator).filter(word => word !== '');
}

export function someWords(value: string, isRight: (word: string) => boolean): boolean {
  const all = words(value);
  return all.length > 0 && all.every(isRight);
}

export function isNumber(value: string, least: bigint, most: bigint): boolean {
  return NUMBER.test(value) && BigInt(value) >= least && BigInt(value) <= most;
}

/** As parse_size() in systemd has it, which cuts off fractions of a byte, and refuses what rounded up would not fit. */
export function isSize(value: string, base: bigint, least: bigint): boolean {
  const [, whole, decimals = '', unit] = SIZE.exec(value) ?? [];
  if (whole === undefined) return false;
  const factor = unit === undefined ? 1n : base ** BigInt('KMGTPE'.indexOf(unit) + 1);
  const fraction = BigInt(decimals);
  const bytes = BigInt(whole) * factor + (fraction * factor) / 10n ** BigInt(decimals.length);
  const roundedUp = (BigInt(whole) + (fraction > 0n ? 1n : 0n)) * factor;
  return bytes >= least && roundedUp <= LARGEST;
}

/** Up to two decimals. */
export function isPercent(value: string, least: number, most: number): boolean {
  return PERCENT.test(value) && Number.parseFloat(value) >= least && Number.parseFloat(value) <= most;
}

export function isShare(value: string, least: number): boolean {
  return isPercent(value, least, 100);
}

/** In µs. */
export function isSpan(value: string, least: bigint, most: bigint): boolean {
  const span = microsecondsOf(value);
  return typeof span === 'bigint' && span >= least && span <= most;
}

/** `3`, `0-3` */
export function isRange(word: string): boolean {
  const [from = '', to = from, ...more] = word.split('-');
  const most = BigInt(MAX_INDEX);
  return more.length === 0 && isNumber(from, 0n, most) && isNumber(to, BigInt(from), most);
}

export function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path) && notAPath(path) === undefined;
}
