import { isDeepStrictEqual } from 'node:util';
import { quoted } from '../../src/model/text.ts';

/** Ours, not vitest's: its matchers take longer than most targets. */
export class Unexpected extends Error {
  override name = 'Unexpected';
}

export function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Unexpected(otherwise);
}

export function expectEqual(got: unknown, wanted: unknown, what: string): void {
  if (!isDeepStrictEqual(got, wanted))
    throw new Unexpected(`${what}: got ${shown(got)}, wanted ${shown(wanted)}`);
}

/** Fit to be shown: bounded, and nothing in it that a terminal obeys or that hides. */
export function expectHarmless(text: string, most: number): void {
  expect(text.length <= most, `a text of ${text.length} characters, allowed are ${most}`);
  const bad = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u.exec(text)?.[0];
  expect(
    bad === undefined,
    `a character to be kept out of texts: ${codePointOf(bad ?? '')} in ${quoted(text, 200)}`,
  );
}

function shown(value: unknown): string {
  return quoted(
    JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one)) ?? String(value),
    300,
  );
}

function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16)}`;
}
