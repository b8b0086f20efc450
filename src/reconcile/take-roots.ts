import { mayBeCollecting, tellCollector } from '../adapters/collector.ts';
import { hasInit } from '../adapters/profiles.ts';
import type { Plan } from '../plan/plan.ts';
import { isTaken } from '../plan/roots.ts';
import type { Situation } from '../plan/situation.ts';
import { applyRoots } from './apply.ts';

type Entry = [Situation, Plan];

/**
 * Takes the roots that plans begin with. What was seen when they were made may have been collected before it had one:
 * `again` are the names to look at once more, and nothing else of their plans is to be done. `attempt` says whether it
 * could be done for an entry.
 */
export async function takeRoots(
  plans: readonly Entry[],
  attempt: (entry: Entry, work: () => void) => boolean,
): Promise<{ rooted: Entry[]; again: string[] }> {
  const taken = new Set<string>();
  const rooted = plans.filter(entry =>
    attempt(entry, () => {
      for (const system of applyRoots(entry[0].name, entry[1].actions)) taken.add(system);
    }),
  );
  if (taken.size > 0 && mayBeCollecting() && (await tellCollector(taken)))
    return { rooted: [], again: rooted.map(([{ name }]) => name) };
  const again = rooted.filter(entry => isGone(entry, 'desired')).map(([{ name }]) => name);
  const sure = rooted.filter(
    entry => !again.includes(entry[0].name) && attempt(entry, () => assertHeld(entry)),
  );
  return { rooted: sure, again };
}

function assertHeld(entry: Entry): void {
  const system = isGone(entry, 'held');
  if (system !== undefined) throw new Error(`${system} was collected before it could be held`);
}

/** The system for which that root was just taken, if it isn't there. */
function isGone([, { actions }]: Entry, root: 'desired' | 'held'): string | undefined {
  return actions.filter(isTaken).find(action => action.root === root && !hasInit(action.system))?.system;
}
