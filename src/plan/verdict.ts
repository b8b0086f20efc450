import type { UnitState, Verdict } from './situation.ts';

/** A guest's own word on itself: SystemState of its manager (systemctl(1), is-system-running), and its failed units. */
export interface Health {
  readonly state: string;
  readonly failedUnits: readonly string[];
  /** Services that wait for their restart after a failure; of these SystemState says nothing. */
  readonly restarting?: readonly string[];
}

const MAX_LISTED = 10;

/** Why a guest is not healthy, as a clause; '' when it is. `excused`: failed units that no system can do better. */
export function complaintOf(
  { state, failedUnits, restarting = [] }: Health,
  allowDegraded: boolean,
  excused: readonly string[] = [],
): string {
  if (state !== 'running' && state !== 'degraded') return `its systemd says "${state}"`;
  if (allowDegraded) return '';
  const failed = failedUnits.filter(unit => !excused.includes(unit));
  const complaints = [
    ...(failed.length === 0 ? [] : [`failed units: ${listed(failed)}`]),
    ...(restarting.length === 0 ? [] : [`units restarting after a failure: ${listed(restarting)}`]),
  ];
  if (complaints.length > 0) return complaints.join('; ');
  return state === 'degraded' && failedUnits.length === 0 ? 'it is degraded' : '';
}

/** A hundred names of 256 characters would be a reason of 25 kB; all are in FailedUnits. */
function listed(units: readonly string[]): string {
  const shown = units.slice(0, MAX_LISTED).join(', ');
  return units.length <= MAX_LISTED ? shown : `${shown} and ${units.length - MAX_LISTED} more`;
}

/** What is wrong with a guest by its own word, whether or not that is accepted; '' for nothing. */
export function troubleOf({ guestState, failedUnits, excuses = {} }: Verdict): string {
  const units = failedUnits.map(unit => {
    const excuse = Object.hasOwn(excuses, unit) ? excuses[unit] : undefined;
    return excuse === undefined ? unit : `${unit} (${excuse})`;
  });
  return complaintOf({ state: guestState || 'running', failedUnits: units }, false);
}

/**
 * A verdict in view of what is heard later. What was found good stays so, and what is wrong with it now is told.
 * undefined: what was found bad says that it is well; it is to be asked once more, with its probe.
 */
export function afterwards(verdict: Verdict, { state, failedUnits }: Health): Verdict | undefined {
  const heard = { ...verdict, guestState: state, failedUnits };
  if (isHealth(verdict, heard)) return verdict;
  if (verdict.complaint === '') return heard;
  if (state === 'running') return undefined;
  const excused = Object.keys(verdict.excuses ?? {});
  const ofItself = complaintOf(healthOf(verdict), false, excused) === verdict.complaint;
  return ofItself ? { ...heard, complaint: complaintOf(healthOf(heard), false, excused) } : heard;
}

/** What was heard of the system that runs, where there is somebody to hear more from. */
export function followed(
  unit: UnitState | undefined,
  verdict: Verdict | undefined,
): Pick<Verdict, 'invocation' | 'system'> | undefined {
  if (unit?.active !== 'active' || verdict === undefined) return undefined;
  const { invocation, system, guestState, complaint } = verdict;
  // Nothing was heard and nothing was wrong: the guest has no bus.
  return guestState === '' && complaint === '' ? undefined : { invocation, system };
}

function healthOf({ guestState, failedUnits }: Verdict): Health {
  return { state: guestState, failedUnits };
}

function isHealth(verdict: Verdict, { guestState, failedUnits }: Verdict): boolean {
  return guestState === verdict.guestState && failedUnits.join() === verdict.failedUnits.join();
}
