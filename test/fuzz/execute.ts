import { messageOf } from '../../src/model/errors.ts';
import { Random } from '../scenarios/soak/random.ts';
import type { Target } from './target.ts';

/** How often a slow input is measured: the machine may have been busy with something else, or compiling us. */
const MEASUREMENTS = 4;
/** And even the processor takes a few times as long for the same when it is shared. */
const SLACK = 4;

/** The input of one case: it depends on nothing but these numbers. */
export function inputOf<Input>(target: Target<Input>, seed: number, at: number): Input {
  return target.generate(new Random(seed, hash(target.name), at));
}

/** Why an input fails; undefined when it doesn't. */
export async function failureOf<Input>(
  target: Target<Input>,
  input: Input,
  workspace: string,
): Promise<string | undefined> {
  try {
    const allowed = target.limitMs * SLACK;
    let took = await timed(target, input, workspace, () => performance.now());
    for (let again = 1; took > allowed && again < MEASUREMENTS; again++)
      took = Math.min(took, await timed(target, input, workspace, cpuTime));
    return took > allowed
      ? `took ${Math.round(took)} ms, allowed are ${target.limitMs} on a machine that does nothing else`
      : undefined;
  } catch (error) {
    return error instanceof Error ? describe(error) : `threw ${String(error)}`;
  }
}

async function timed<Input>(
  target: Target<Input>,
  input: Input,
  workspace: string,
  clock: () => number,
): Promise<number> {
  const began = clock();
  const pending = target.check(input, workspace);
  // Not for what is done already: a turn of the loop for each would cost more than most targets do.
  if (pending instanceof Promise) await pending;
  return clock() - began;
}

/** Of this thread, in ms. */
function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** With the first line of ours in the stack, which mostly tells what is wrong. */
function describe(error: Error): string {
  const place = /\((?:file:\/\/)?[^()]*?\/(src\/[^()]*)\)/.exec(error.stack ?? '')?.[1];
  return `${error.name}: ${messageOf(error)}${place === undefined ? '' : ` (at ${place})`}`;
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) | 0, 7);
}
