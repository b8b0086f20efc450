import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Guest, type GuestRun } from '../adapters/guest.ts';
import type { JobAction } from '../plan/actions.ts';
import { excusesAll } from '../plan/excuses.ts';
import { bounded, tellEvidence } from './evidence.ts';
import type { JobsParts, Outcome } from './jobs.ts';
import { condemn } from './start-job.ts';
import { passed } from './steps.ts';

/** A guest that is going down has no bus either, and can't be reached at all a little later. */
const NO_BUS_MS = 2000;

/**
 * Brings a running guest to another system by that system's own script, as `nixos-rebuild test` does. The script is a
 * unit of the guest: it outlives the re-execution of the guest's manager, and us, and its result is kept under its name.
 */
export async function switchMachine(
  parts: JobsParts,
  name: string,
  { start, invocation, resume }: Extract<JobAction, { kind: 'switch' }>,
): Promise<Outcome> {
  const { records, log } = parts;
  const underWay = (finished: boolean) => ({ invocation, system: start.system, finished });
  const connect = () => Guest.connect(name, { log: (level, message) => log[level](message) });
  const guest = (await connect()) ?? (await after(NO_BUS_MS, connect));
  if (guest === undefined) {
    const reason = `cannot switch to ${start.system}: the guest has no system bus`;
    condemn(parts, name, start, reason);
    return reason;
  }
  try {
    // What is kept of an earlier switch to the same system must not be taken for this one's result.
    if (!resume) await guest.forget(unitFor(start.system));
    // On record before it begins: from then on the machine is not what it was started with.
    // What was heard of this system before it ran another one in between says nothing of now.
    const { verdict: _, ...record } = records.get(name);
    records.set(name, { ...record, switch: underWay(false) });
    passed('switch-recorded');
    const ended = guest.run(unitFor(start.system), [`${start.system}/bin/switch-to-configuration`, 'test'], {
      timeoutMs: parts.timeoutOf(name),
      keep: true,
      environment: ['LOCALE_ARCHIVE=/run/current-system/sw/lib/locale/locale-archive'],
    });
    setImmediate(passed, 'switch-asked');
    const run = await ended;
    passed('switch-ended');
    const isDone = run.result === 'done' || failedExcusably(run);
    const reason = isDone ? '' : `cannot switch to ${start.system}: ${complaintOf(run)}`;
    if (reason !== '') {
      condemn(parts, name, start, reason, bounded(run.lines));
      // The whole of it, before the guest's journal goes with the guest.
      tellEvidence(log, name, run.lines);
    }
    records.set(name, { ...records.get(name), switch: underWay(true) });
    // What failed would stay a failed unit of the guest, and be held against the next system.
    if (run.result !== 'done') await guest.forget(unitFor(start.system));
    return reason;
  } finally {
    await guest.close();
  }
}

/** switch-to-configuration of NixOS: all was done, but units have failed to start. It names them in one line. */
const UNITS_FAILED = 4;
const FAILED_UNITS = /the following units failed: (.+)/;

/** Whether nothing went wrong but what may have to: then the check that follows finds out whether it had to. */
function failedExcusably({ result, exitStatus, lines }: GuestRun): boolean {
  if (result !== 'failed' || exitStatus !== UNITS_FAILED) return false;
  const units = lines.flatMap(line => FAILED_UNITS.exec(line)?.[1]?.split(/,\s*/) ?? []);
  return excusesAll(units);
}

function complaintOf({ result, exitStatus, output, lines }: GuestRun): string {
  const how =
    result === 'timeout' ? 'did not end within activation.timeout' : `ended with status ${exitStatus}`;
  // What follows that line is what `systemctl status` says of each unit.
  const failed = lines.find(line => FAILED_UNITS.test(line));
  const said = failed ?? output;
  return `its switch-to-configuration ${how}${said === '' ? '' : `: ${said}`}`;
}

async function after<T>(ms: number, work: () => Promise<T>): Promise<T> {
  await delay(ms);
  return work();
}

/** The same each time, so that a daemon that comes back finds the script that it began. */
function unitFor(system: string): string {
  return `nspawnd-switch-${createHash('sha256').update(system).digest('hex').slice(0, 12)}.service`;
}
