/**
 * Asks a guest what its one argument, JSON, says; prints the answer, or what went wrong, as JSON. With `times` it
 * asks that often at once, on a connection each, and prints a list.
 */
import { writeFile } from 'node:fs/promises';
import { Guest, type RunOptions } from '../../../src/adapters/guest.ts';
import { messageOf } from '../../../src/model/errors.ts';

export interface Question {
  readonly guest: string;
  readonly health?: { readonly timeoutMs: number };
  readonly run?: Omit<RunOptions, 'signal'> & { readonly unit: string; readonly command: readonly string[] };
  /** A pipe that is written to as soon as the question is asked. */
  readonly whenAsked?: string;
  readonly abortAfterMs?: number;
  readonly times?: number;
}

const question: Question = JSON.parse(process.argv[2] ?? '');
const warnings: string[] = [];
const answers = await Promise.all(Array.from({ length: question.times ?? 1 }, ask));
console.log(JSON.stringify(question.times === undefined ? answers[0] : answers));

async function ask(): Promise<object> {
  const { guest: name, health, run, abortAfterMs } = question;
  const signal = abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs);
  const given = signal === undefined ? {} : { signal };
  const started = performance.now();
  let guest: Guest | undefined;
  try {
    guest = await Guest.connect(name, { ...given, log: (_level, text) => warnings.push(text) });
    const connectMs = performance.now() - started;
    if (guest === undefined) return { guest: 'none' };
    const answer = health
      ? guest.health({ ...health, ...given })
      : run && guest.run(run.unit, run.command, { ...run, ...given });
    if (question.whenAsked !== undefined) await writeFile(question.whenAsked, 'go\n');
    return { ...(await answer), connectMs, ms: performance.now() - started, warnings };
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    return { error: messageOf(error), name, code, ms: performance.now() - started, warnings };
  } finally {
    await guest?.close();
  }
}
