import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inputOf } from './execute.ts';
import { targets } from './targets.ts';

export const REGRESSIONS = join(import.meta.dirname, 'regressions');
/** One is to be read by people. */
const MOST = 64 * 1024;

/** An input that did harm, and what that was. */
export interface Regression {
  readonly target: string;
  readonly found: string;
  readonly input: unknown;
}

/** Keeps the input of a failure, to be replayed by the tests; the path, '' for one that is too large, or is no single input. */
export function keep(name: string, seed: number, at: number, found: string): string {
  const target = targets.find(one => one.name === name);
  if (target === undefined) return '';
  const regression: Regression = { target: name, found, input: inputOf(target, seed, at) };
  const text = `${JSON.stringify(regression, null, 2)}\n`;
  if (text.length > MOST) return '';
  const path = join(REGRESSIONS, `${name}-${seed}-${at}.json`);
  mkdirSync(REGRESSIONS, { recursive: true });
  writeFileSync(path, text);
  return relative(process.cwd(), path);
}
