import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Example, Failures } from './failures.ts';
import { runWorker } from './run-worker.ts';

const FOREVER_S = 1e9;
/** Files in memory, where there are such. */
const MEMORY = '/dev/shm';

export interface CampaignOptions {
  readonly target: string;
  readonly seed: number;
  /** The first case. */
  readonly from?: number;
  readonly cases?: number;
  readonly seconds?: number;
  /** Files of `regressions/`, whose inputs are run instead; the case is the place in the list. */
  readonly replay?: readonly string[];
  /** Told now and then how many cases were run. */
  readonly progress?: (executions: number) => void;
}

export interface CampaignResult {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  readonly failures: number;
  /** One of each kind. */
  readonly examples: readonly Example[];
}

/** Runs cases of one target for a time, or a number of cases. Which cases these are depends on the seed alone. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const {
    target,
    seed,
    replay,
    from = 0,
    cases = replay?.length ?? Number.MAX_SAFE_INTEGER,
    seconds = FOREVER_S,
  } = options;
  const workspace = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'nspawnd-fuzz-'));
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const failures = new Failures({ each: replay !== undefined });
  const to = Math.min(from + cases, Number.MAX_SAFE_INTEGER);
  let next = from;
  try {
    while (next < to && elapsed() < seconds && !failures.areEnough) {
      const assignment = { target, seed, from: next, to, seconds: seconds - elapsed(), workspace, replay };
      next = await runWorker(assignment, failures, at => options.progress?.(at - from));
    }
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
  const { count, examples } = failures;
  return { target, executions: next - from, seconds: elapsed(), failures: count, examples };
}
