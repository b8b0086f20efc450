import type { JobResult } from '../adapters/job-results.ts';
import { lastLineOf } from '../adapters/journal.ts';
import type { UnitFailure } from '../adapters/systemd1.ts';
import { messageOf } from '../model/errors.ts';
import { unitOf } from '../model/name.ts';
import type { JobAction, Start } from '../plan/actions.ts';
import { withQuarantine } from '../plan/aim.ts';
import { isUp, same } from '../plan/observed.ts';
import { WHILE_STARTING } from '../plan/stopped.ts';
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
    failure: job.start,
    ...(updated && { updated }),
  });
  passed('failure-recorded');
  // systemd would go on restarting what never became ready: there is no time for anything else before.
  await systemd.stop(name);
  if (lack !== undefined) {
    // The record has it: as a failed unit it would be one that systemd has given up.
    await systemd.resetFailed(name);
    if (lack.isKnown) return lack.why;
  }
  const words = await lastWords(parts, name, invocation);
  if (lack !== undefined) throw new Error(words === '' ? lack.why : `${lack.why}: ${words}`);
  if (words === '') return reason;
  const full = `${reason}; its last words: ${words}`;
  condemn(parts, name, job.start, full);
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

async function lastWords({ log }: JobsParts, name: string, invocation: string): Promise<string> {
  try {
    return await lastLineOf(unitOf(name), invocation);
  } catch (error) {
    log.warn({ err: error, name }, `cannot read the log of ${name}: ${messageOf(error)}`);
    return '';
  }
}

/** Not to be tried again by itself, also after a reboot. */
export function condemn({ lastings, boot }: JobsParts, name: string, start: Start, reason: string): void {
  lastings.set(name, withQuarantine(lastings.get(name), { ...start, reason, boot }));
}

/** One sentence from the unit's result. */
async function whyNot(
  { systemd, log }: JobsParts,
  name: string,
  system: string,
  result: JobResult,
): Promise<{ reason: string } & Pick<UnitFailure, 'invocation' | 'poweredOff'>> {
  const what = `cannot start ${system}`;
  try {
    const failure = await systemd.failureOf(name);
    const cause =
      failure.result === 'success' ? `its start job ended with "${result}"` : explain(failure.result);
    return { ...failure, reason: `${what}: ${cause}` };
  } catch (error) {
    log.warn({ err: error, name }, `cannot find out why ${name} failed: ${messageOf(error)}`);
    const reason = `${what}: its start job ended with "${result}"`;
    return { reason, invocation: '', poweredOff: false };
  }
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
