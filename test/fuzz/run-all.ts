import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type CampaignResult, campaign } from './campaign.ts';
import { inputOf } from './execute.ts';
import { targetNamed, targets } from './targets.ts';

const REGRESSIONS = join(import.meta.dirname, 'regressions');
/** A regression is to be read by people. */
const MOST_KEPT = 64 * 1024;
const AT_ONCE = 2;

export interface RunOptions {
  /** For all targets together. */
  readonly seconds: number;
  readonly seed: number;
  /** Names of targets; undefined: all. */
  readonly only: readonly string[] | undefined;
  /** One case of each. */
  readonly at: number | undefined;
}

/** Runs targets, tells of each how it went, and closes with `N executions, N failures`; the number of failures. */
export async function runAll({ seconds, seed, only, at }: RunOptions): Promise<number> {
  const chosen = only?.map(name => targetNamed(name).name) ?? targets.map(({ name }) => name);
  const share = (seconds * Math.min(AT_ONCE, chosen.length)) / chosen.length;
  console.log(`seed ${seed}: ${chosen.join(', ')}`);
  const progress = new Progress();
  const results: CampaignResult[] = [];
  const queue = [...chosen];
  const work = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      const name = target;
      const one = at === undefined ? { seconds: share } : { from: at, cases: 1 };
      const result = await campaign({ target, seed, ...one, progress: count => progress.show(name, count) });
      progress.end(name);
      results.push(result);
      tell(result, seed);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const sum = (key: 'executions' | 'failures') => results.reduce((total, one) => total + one[key], 0);
  console.log(`${sum('executions')} executions, ${sum('failures')} failures`);
  return sum('failures');
}

function tell({ target, executions, seconds, failures, examples }: CampaignResult, seed: number): void {
  const rate = Math.round(executions / seconds);
  console.log(`${target}: ${executions} executions, ${failures} failures (${rate} a second)`);
  for (const { at, why, times } of examples) {
    console.log(`  ${why}${times > 1 ? ` (and ${times - 1} more like that)` : ''}`);
    console.log(`    again: npm run fuzz -- --target ${target} --seed ${seed} --case ${at}`);
    const kept = keep(target, seed, at, why);
    if (kept !== '') console.log(`    kept: ${kept}`);
  }
}

/** Keeps the input of a failure beside those that the tests replay; the path, '' for one that is too large. */
function keep(target: string, seed: number, at: number, why: string): string {
  const regression = { target, found: why, input: inputOf(targetNamed(target), seed, at) };
  const text = `${JSON.stringify(regression, null, 2)}\n`;
  if (text.length > MOST_KEPT) return '';
  const path = join(REGRESSIONS, `${target}-${seed}-${at}.json`);
  mkdirSync(REGRESSIONS, { recursive: true });
  writeFileSync(path, text);
  return relative(process.cwd(), path);
}

/** One line on a terminal, which is written over and over; nothing elsewhere. */
class Progress {
  readonly #counts = new Map<string, number>();

  show(target: string, count: number): void {
    this.#counts.set(target, count);
    if (!process.stderr.isTTY) return;
    const text = [...this.#counts].map(([name, executions]) => `${name}: ${executions}`).join('  ');
    process.stderr.write(`\r\x1b[K${text}`);
  }

  end(target: string): void {
    this.#counts.delete(target);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
