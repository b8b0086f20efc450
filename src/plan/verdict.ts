import type { UnitState, Verdict } from './situation.ts';

/** A guest's own word on itself: SystemState of its manager (systemctl(1), is-system-running), and its failed units. */
export interface Health {
  readonly state: string;
  readonly failedUnits: readonly string[];
}

/** Why a guest is not healthy, as a clause; '' when it is. */
export function complaintOf({ state, failedUnits }: Health, allowDegraded: boolean): string {
  if (state === 'running') return '';
  if (state !== 'degraded') return `its systemd says "${state}"`;
  if (allowDegraded) return '';
  return failedUnits.length === 0 ? 'it is degraded' : `failed units: ${failedUnits.join(', ')}`;
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
  const ofItself = complaintOf(healthOf(verdict), false) === verdict.complaint;
  return ofItself ? { ...heard, complaint: complaintOf(healthOf(heard), false) } : heard;
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
