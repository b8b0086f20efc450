import type { Guest, GuestHealth } from '../adapters/guest.ts';
import { excuseFor, isExcusable } from '../plan/excuses.ts';
import type { Verdict } from '../plan/situation.ts';
import { sleep } from './clock.ts';

const MAX_LINES = 100;
/** The guest's journald may be late with what was said, where the machine is busy with a boot. */
const LATE_MS = 5000;
const PAUSE_MS = 250;

/** Those of the failed units that no system could do better in a user namespace, by what they said themselves. */
export async function excusesOf(
  guest: Guest,
  { failedUnits }: GuestHealth,
  signal: AbortSignal,
): Promise<Verdict['excuses']> {
  const excused: Record<string, string> = {};
  for (const unit of failedUnits.filter(isExcusable)) {
    const excuse = excuseFor(unit, await saidBy(guest, unit, signal));
    if (excuse !== undefined) excused[unit] = excuse;
  }
  return Object.keys(excused).length === 0 ? undefined : excused;
}

/** That it said nothing is not believed at once: it would be blamed for it. */
async function saidBy(guest: Guest, unit: string, signal: AbortSignal): Promise<readonly string[]> {
  const began = performance.now();
  for (;;) {
    const lines = await guest.logOfRun(unit, MAX_LINES);
    if (lines.length > 0 || performance.now() - began > LATE_MS || signal.aborted) return lines;
    await sleep(PAUSE_MS, signal);
  }
}
