import type { JobResult } from '../adapters/job-results.ts';
import { lastLinesOf, lastWords } from '../adapters/journal.ts';
import type { UnitFailure } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import { unitOf } from '../model/name.ts';
import type { JobAction, Start } from '../plan/actions.ts';
import { withQuarantine } from '../plan/aim.ts';
import { isUp, same } from '../plan/observed.ts';
import { WHILE_STARTING } from '../plan/stopped.ts';
import { bounded } from './evidence.ts';
import type { JobsParts, Outcome } from './jobs.ts';
import { passed } from './steps.ts';

/** Starts or restarts a machine and puts on record what came of it. */
export async function startMachine(
  parts: JobsParts,
  name: string,
  job: Extract<JobAction, { kind: 'start' | 'restart' }>,
): Promise<Outcome> {
  const { systemd, machined } = parts;
  const hasBegun = machined.expect(name);
  const ended = job.kind === 'start' ? systemd.start(name) : systemd.restart(name);
  setImmediate(passed, 'job-asked');
  const result = await ended.finally(hasBegun);
  passed('job-ended');
  // Unknown: PID 1 was re-executed meanwhile; the next look at the unit tells.
  if (result === 'done') cameUp(parts, name, job.start);
  if (result === 'done' || result === 'unknown') return '';
  const { records } = parts;
  if (result === 'canceled') {
    records.set(name, { ...records.get(name), stopped: WHILE_STARTING });
    return WHILE_STARTING;
  }
  if (!TRIED.has(result)) {
    await forgetIfDown(parts, name);
    throw new Error(`its start job ended with "${result}"`);
  }
  const { reason, invocation, poweredOff } = await whyNot(parts, name, job.start.system, result);
  // The look that follows puts it on record.
  if (poweredOff) return WHILE_STARTING;
  const lack = whatHostLacks(parts, name, job.start, hasBegun());
  if (lack === undefined) condemn(parts, name, job.start, reason);
  passed('condemned');
  // On record before the unit is stopped, so that a daemon killed in between doesn't try the same once more.
  const { updated } = records.get(name);
  records.set(name, {
    started: { ...job.start, invocation },
    failure: lack === undefined ? job.start : { ...job.start, byHost: true },
    ...(updated && { updated }),
  });
  passed('failure-recorded');
  // systemd would go on restarting what never became ready: there is no time for anything else before.
  await systemd.stop(name);
  if (lack !== undefined) {
    // The record has it: as a failed unit it would be one that systemd has given up.
    await systemd.resetFailed(name);
    // What is held is tried again whatever the declaration waits for: after a pause.
    if (lack.isKnown && parts.lastings.get(name).hold === undefined) return lack.why;
  }
  const { words, lines } = await consoleOf(parts, name, invocation);
  if (lack !== undefined) throw new Error(words === '' ? lack.why : `${lack.why}: ${words}`);
  if (lines.length === 0) return reason;
  const full = words === '' ? reason : `${reason}; its last words: ${words}`;
  condemn(parts, name, job.start, full, bounded(lines));
  return full;
}

/**
 * Why a start failed, where that says nothing of the system: what is bound has gone since this was planned (`isKnown`: the
 * next look finds it as well), or systemd-nspawn found something else missing (a bridge, an interface) and has not come
 * to run the guest. Then there is no sense in giving up the only system that is known to be good, above all when the
 * host has just booted. Another one may have units that need less of the host.
 */
function whatHostLacks(
  { hostLacks, lastings }: JobsParts,
  name: string,
  start: Start,
  hasBegun: boolean,
): { readonly why: string; readonly isKnown: boolean } | undefined {
  const why = hostLacks(name);
  if (why !== undefined) return { why, isKnown: true };
  const { lastGood } = lastings.get(name);
  const hasOther = lastGood !== undefined && !same(lastGood, start);
  if (hasBegun || hasOther) return undefined;
  return { why: 'systemd-nspawn could not set the machine up', isKnown: false };
}

/** Where nothing else tells so: what is down again by the next look was up, and somebody stopped it. */
function cameUp({ records }: JobsParts, name: string, start: Start): void {
  const { failure, stopped, ...record } = records.get(name);
  if (record.started !== undefined && failure === undefined && stopped === undefined) return;
  records.set(name, { ...record, started: { ...start, invocation: '' } });
}

/** With anything else, as `dependency`, PID 1 never came to start it, which says nothing of the system. */
const TRIED: ReadonlySet<JobResult> = new Set(['failed', 'timeout']);

/** It went down for a start that did not come about: nobody stopped it. */
async function forgetIfDown({ systemd, records }: JobsParts, name: string): Promise<void> {
  if (isUp((await systemd.units([name])).get(name))) return;
  const { started: _, ...record } = records.get(name);
  records.set(name, record);
}

/** What it wrote on its console: it is in the journal of the host already, and stays there. */
async function consoleOf(
  { log }: JobsParts,
  name: string,
  invocation: string,
): Promise<{ words: string; lines: readonly string[] }> {
  try {
    const lines = await lastLinesOf(unitOf(name), invocation);
    return { lines, words: lastWords(lines) };
  } catch (error) {
    log.warn({ err: error, name }, `cannot read the log of ${name}: ${messageOf(error)}`);
    return { lines: [], words: '' };
  }
}

/** Not to be tried again by itself, also after a reboot. */
export function condemn(
  { lastings, boot }: JobsParts,
  name: string,
  start: Start,
  reason: string,
  evidence: readonly string[] = [],
): void {
  const entry = { ...start, reason, boot, ...(evidence.length > 0 && { evidence }) };
  lastings.set(name, withQuarantine(lastings.get(name), entry));
}

/** One sentence from the unit's result. */
async function whyNot(
  { systemd }: JobsParts,
  name: string,
  system: string,
  result: JobResult,
): Promise<{ reason: string } & Pick<UnitFailure, 'invocation' | 'poweredOff'>> {
  let failure: UnitFailure;
  try {
    failure = await systemd.failureOf(name);
  } catch (cause) {
    // Whoever was powered off did not fail. When the unit can be read again, the look at it tells.
    throw new Error(`cannot find out why its start job ended with "${result}"`, { cause });
  }
  const why = failure.result === 'success' ? `its start job ended with "${result}"` : explain(failure.result);
  return { ...failure, reason: `cannot start ${system}: ${why}` };
}

/** The service results that an administrator meets here (systemd.exec(5), $SERVICE_RESULT). */
function explain(result: string): string {
  switch (result) {
    case 'timeout':
      return 'the guest did not report ready within activation.timeout';
    case 'exit-code':
      return 'the guest or systemd-nspawn exited with an error';
    case 'protocol':
      return 'the guest ended before it reported ready';
    case 'start-limit-hit':
      return 'it was restarted too often';
    default:
      return `its unit failed with result "${result}"`;
  }
}
