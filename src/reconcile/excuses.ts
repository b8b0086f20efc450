import type { Guest, GuestHealth } from '../adapters/guest.ts';
import { excuseFor, isExcusable } from '../plan/excuses.ts';
import type { Verdict } from '../plan/situation.ts';

const MAX_LINES = 100;

/** Those of the failed units that no system could do better in a user namespace, by what they said themselves. */
export async function excusesOf(guest: Guest, { failedUnits }: GuestHealth): Promise<Verdict['excuses']> {
  const excused: Record<string, string> = {};
  for (const unit of failedUnits.filter(isExcusable)) {
    const excuse = excuseFor(unit, await guest.logOfRun(unit, MAX_LINES));
    if (excuse !== undefined) excused[unit] = excuse;
  }
  return Object.keys(excused).length === 0 ? undefined : excused;
}
