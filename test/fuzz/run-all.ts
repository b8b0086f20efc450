import { messageOf } from '../../src/model/errors.ts';
import { type Suite, suites } from '../host/index.ts';
import { type CampaignResult, campaign } from './campaign.ts';
import { fuzzDaemon } from './daemon/fuzz-daemon.ts';
import { Progress } from './progress.ts';
import { keep } from './regressions.ts';
import { targets } from './targets.ts';

/** Of those in process. */
const AT_ONCE = 2;
/** Of the time, for the real daemon, on all suites at once. */
const DAEMON_SHARE = 1 / 3;

export interface RunOptions {
  /** For all together. */
  readonly seconds: number;
  readonly seed: number;
  /** Names of targets; undefined: all. */
  readonly only: readonly string[] | undefined;
  /** One case of each; of the daemon, all bursts up to this one, which follow from each other. */
  readonly at: number | undefined;
}

type Show = (executions: number) => void;

/** Runs targets, tells of each how it went, and closes with `N executions, N failures`; the number of failures. */
export async function runAll({ seconds, seed, only, at }: RunOptions): Promise<number> {
  const daemons = chosenOf(suites.map(daemonOn), only);
  const inProcess = chosenOf(
    targets.map(({ name }) => name),
    only,
  );
  const unknown = only?.find(name => ![...daemons, ...inProcess].includes(name));
  if (unknown !== undefined) throw new Error(`no target ${unknown}; there are ${allNames().join(', ')}`);
  console.log(`seed ${seed}: ${[...inProcess, ...daemons].join(', ')}`);
  const daemonSeconds = inProcess.length > 0 ? seconds * DAEMON_SHARE : seconds;
  const left = daemons.length > 0 ? seconds - daemonSeconds : seconds;
  const share = (left * Math.min(AT_ONCE, inProcess.length)) / inProcess.length;
  const results = [
    ...(await eachOf(inProcess, AT_ONCE, seed, (target, progress) =>
      campaign({
        target,
        seed,
        progress,
        ...(at === undefined ? { seconds: share } : { from: at, cases: 1 }),
      }),
    )),
    ...(await eachOf(daemons, daemons.length, seed, (name, progress) => {
      const suite = suites.find(one => daemonOn(one) === name) as Suite;
      const much = at === undefined ? { seconds: daemonSeconds } : { seconds: FOREVER_S, bursts: at + 1 };
      return fuzzDaemon({ suite, seed, progress, ...much });
    })),
  ];
  const sum = (key: 'executions' | 'failures') => results.reduce((total, one) => total + one[key], 0);
  console.log(`${sum('executions')} executions, ${sum('failures')} failures`);
  return sum('failures');
}

const FOREVER_S = 1e9;

function daemonOn(suite: Suite): string {
  return `daemon-${suite}`;
}

function allNames(): string[] {
  return [...targets.map(({ name }) => name), ...suites.map(daemonOn)];
}

function chosenOf(names: readonly string[], only: readonly string[] | undefined): string[] {
  return names.filter(name => only === undefined || only.includes(name));
}

/** A few at once. */
async function eachOf(
  names: readonly string[],
  atOnce: number,
  seed: number,
  run: (name: string, progress: Show) => Promise<CampaignResult>,
): Promise<CampaignResult[]> {
  const queue = [...names];
  const results: CampaignResult[] = [];
  const progress = new Progress();
  const work = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const target = name;
      const result = await run(target, executions => progress.show(target, executions)).catch(error =>
        notRun(target, error),
      );
      progress.end(target);
      results.push(result);
      tell(result, seed);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** A target that can't be run has not passed. */
function notRun(target: string, error: unknown): CampaignResult {
  const why = `cannot be run: ${messageOf(error)}`;
  return { target, executions: 0, seconds: 1, failures: 1, examples: [{ at: 0, why, times: 1 }] };
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
