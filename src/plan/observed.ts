import { readHeader } from '../render/render.ts';
import type { Action, Start } from './actions.ts';
import type { Situation, Trial, UnitState, Verdict } from './situation.ts';

/** What a machine that is up was started with, and what it runs now. */
export interface Observed {
  /** Undefined when it isn't up, or is none of ours. */
  readonly booted: Start | undefined;
  /** As `booted`, with the system that it was switched to live, if it was. */
  readonly runs: Start | undefined;
  /** What was heard of the health of what runs, if it was asked. */
  readonly verdict: Verdict | undefined;
  /** How far the check of what runs has come, while there is no verdict. */
  readonly trial: Trial | undefined;
  /** What the unit that failed had been started with. */
  readonly crashed: Start | undefined;
}

export function observe(situation: Situation): Observed {
  const { unit, record } = situation;
  const booted = isUp(unit) ? startedWith(situation) : undefined;
  const runs = booted && { ...booted, system: switched(situation)?.system ?? booted.system };
  const ofNow = <T extends Trial | Verdict>(one: T | undefined) =>
    one?.invocation === unit?.invocation && one?.system === runs?.system ? one : undefined;
  const verdict = ofNow(record.verdict);
  return {
    booted,
    runs,
    verdict,
    trial: verdict === undefined ? ofNow(record.trial) : undefined,
    crashed: unit?.active === 'failed' && !wasStopped(situation) ? startedWith(situation) : undefined,
  };
}

/** What was up, and is `failed` for taking too long, was told to stop; and so was what powered off before it was ready. */
function wasStopped({ unit, record: { started, failure } }: Situation): boolean {
  if (unit?.poweredOff) return true;
  return unit?.result === 'timeout' && started?.invocation === unit.invocation && failure === undefined;
}

/** The live switch of the machine that is up. */
export function switched({ unit, record }: Situation): Situation['record']['switch'] {
  return isUp(unit) && record.switch?.invocation === unit?.invocation ? record.switch : undefined;
}

/** Whether it was started with what is wanted, or switched to that system live: then its units apply at the next start. */
export function hasReached(situation: Situation, runs: Start | undefined, wanted: Start): boolean {
  return same(runs, wanted) || switched(situation)?.system === wanted.system;
}

/**
 * An invocation that isn't on record has been started since the `.nspawn` file was last written, for each writing is
 * preceded by recording what runs, or failed: so it was started with that file's.
 */
function startedWith({ unit, record, files }: Situation): Start | undefined {
  const { started } = record;
  if (started !== undefined && started.invocation === unit?.invocation) {
    return { system: started.system, fingerprint: started.fingerprint };
  }
  return header(files);
}

/** Before anything else: put on record, and root, what runs; put on record what failed. */
export function remember({ unit, record, roots }: Situation, { booted, runs, crashed }: Observed): Action[] {
  const { invocation = '' } = unit ?? {};
  const isSeen = invocation === '' || record.started?.invocation === invocation;
  if (crashed !== undefined && !isSeen)
    return [{ kind: 'remember', invocation, start: crashed, found: 'failed' }];
  if (booted === undefined || runs === undefined) return [];
  // Before its files give way to others, by which it would be taken for one that was started with these.
  if (unit?.sub.startsWith('auto-restart') && !isSeen)
    return [{ kind: 'remember', invocation, start: booted, found: 'crashed' }];
  if (unit?.active !== 'active') return [];
  const actions: Action[] = [];
  // The one that is left over goes last.
  if (booted.system !== runs.system && roots.booted !== booted.system)
    actions.push({ kind: 'root', root: 'booted', system: booted.system });
  if (roots.running !== runs.system) actions.push({ kind: 'root', root: 'running', system: runs.system });
  if (booted.system === runs.system && roots.booted !== '') actions.push({ kind: 'unroot', root: 'booted' });
  const known = record.started?.invocation === unit.invocation && record.stopped === undefined;
  if (!known || record.failure !== undefined) {
    actions.push({ kind: 'remember', invocation: unit.invocation, start: booted, found: 'up' });
  }
  return actions;
}

export function header(files: Situation['files']): Start | undefined {
  const content = files.find(file => file.kind === 'nspawn')?.content;
  if (content === undefined) return undefined;
  const { ours, system, fingerprint } = readHeader(content);
  return ours && system !== undefined && fingerprint !== undefined ? { system, fingerprint } : undefined;
}

/** The units on disk are those wanted: whatever is started next is started with them. */
export function committed(files: Situation['files'], wanted: Start): boolean {
  return same(header(files), wanted);
}

export function same(a: Start | undefined, b: Start | undefined): boolean {
  return a !== undefined && b !== undefined && a.system === b.system && a.fingerprint === b.fingerprint;
}

export function isUp(unit: UnitState | undefined): boolean {
  return unit !== undefined && unit.active !== 'inactive' && unit.active !== 'failed';
}
