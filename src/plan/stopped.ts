import type { Action } from './actions.ts';
import { quarantineOf } from './aim.ts';
import { type Observed, same } from './observed.ts';
import {
  bad,
  type Condemned,
  failed,
  type Outcome,
  start,
  startOf,
  stopped,
  type Target,
  type Valid,
} from './outcome.ts';
import type { Situation } from './situation.ts';

export const WHILE_STARTING = 'stopped from outside nspawnd while it was starting';
const GAVE_UP = 'the machine failed and systemd gave up restarting it';

/** What is to be done about a machine that is down. */
export function convergeStopped(situation: Valid, observed: Observed, aim: Target): Outcome | Condemned {
  const { declared, request, record, lasting, boot } = situation;
  const { autoStart, activation } = declared.declaration;
  const { crashed } = observed;
  const { snapshot } = aim;
  if (request !== undefined) return start(snapshot, 'asked for');
  const why = whyStopped(situation, observed);
  if (why !== undefined) return stopped(why);
  if (same(crashed, snapshot)) {
    const unproven = aim.kind === 'desired' && !same(lasting.lastGood, snapshot);
    if (!unproven) return failed(GAVE_UP);
    return { condemned: { ...startOf(snapshot), reason: GAVE_UP, boot } };
  }
  // What is desired and in no quarantine (any more) may be tried again, and whatever failed for the host alone.
  if (same(record.failure, snapshot) && aim.kind !== 'desired' && record.failure?.byHost !== true) {
    return failed(quarantineOf(lasting, snapshot)?.reason ?? `${snapshot.system} could not be started`);
  }
  if (record.failure !== undefined || crashed !== undefined) {
    if (aim.kind === 'last-good')
      return start(snapshot, `returning to the last good system: ${bad(lasting)}`);
    if (activation.strategy === 'none') return failed('failed; strategy none: start it by hand');
    const isAnew = same(record.failure, snapshot);
    return start(snapshot, isAnew ? 'may be tried again' : 'the system or units that failed have changed');
  }
  if (!autoStart) return stopped('not started automatically (autoStart is false)');
  return start(snapshot, 'declared with autoStart, and not yet started');
}

/** By whose will it is down; undefined where it is by nobody's. */
export function whyStopped({ record }: Valid, { crashed }: Observed): string | undefined {
  if (record.stopped !== undefined) return record.stopped;
  if (record.started === undefined || record.failure !== undefined || crashed !== undefined) return undefined;
  return 'stopped from outside nspawnd (machinectl, systemctl or the guest itself)';
}

/** A machine that was powered off before it was ready, put on record as stopped: the situation in which that is done. */
export function recordPowerOff(situation: Situation): { situation: Situation; actions: Action[] } {
  const { unit, record, declared } = situation;
  if (unit?.active !== 'failed' || !unit.poweredOff || declared.kind === 'absent')
    return { situation, actions: [] };
  const stopped = record.stopped ?? WHILE_STARTING;
  const actions: Action[] = record.stopped === undefined ? [{ kind: 'record-stop', reason: stopped }] : [];
  return {
    situation: { ...situation, record: { ...record, stopped } },
    actions: [...actions, { kind: 'reset-failed' }],
  };
}
