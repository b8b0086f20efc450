import type { Logger } from 'pino';
import { Guest, type GuestHealth, HostFault, hasSentTooMuch, isGuestGone } from '../adapters/guest.ts';
import type { Declaration } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import { formatTimeSpan } from '../model/time-span.ts';
import type { Verdict } from '../plan/situation.ts';
import { complaintOf } from '../plan/verdict.ts';
import { sleep } from './clock.ts';
import { closeGuest } from './close-guest.ts';
import { bounded, evidenceOf } from './evidence.ts';
import { excusesOf } from './excuses.ts';

export interface Question {
  readonly name: string;
  readonly activation: Declaration['activation'];
  /** For the first answer, the probe included. */
  readonly timeoutMs: number;
  /** So long it must stay healthy after that. */
  readonly settleMs: number;
  /** A guest without a system bus is not healthy. */
  readonly needsBus: boolean;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Told what is said of it until there is an answer. `isStuck`: something on the host is in the way, for long now. */
  readonly cameOn: (reason: string, isStuck: boolean) => void;
}

export interface Asked {
  readonly answer: Omit<Verdict, 'invocation' | 'system'>;
  /** Still connected. */
  readonly guest: Guest | undefined;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** A guest that was lost has so long to go down, or to be back. */
const LOST_MS = 10_000;
/** And one of which a bus was to be expected has so long to show it: one that is going down has none, either. */
const NO_BUS_MS = 2000;
/** For so long those who wait for the verdict wait along with us for the host to be in order. */
const STUCK_MS = 20_000;

/**
 * Never rejects: a guest that can't be asked is not healthy. But one that is going down, on somebody's wish or to boot
 * anew, is lost before its unit says so and the check is cancelled. So it is tried again for a while. And where it is
 * something on the host that keeps us from asking, the question is put again until it can be answered: time doesn't run
 * for the guest meanwhile. A guest that sends too much is asked again without being listened to.
 */
export async function checkHealth(question: Question): Promise<Asked> {
  const { signal, log, cameOn, timeoutMs, settleMs } = question;
  let deadline = performance.now() + timeoutMs;
  let wasHealthy = false;
  let lostUntil: number | undefined;
  let faultSince: number | undefined;
  let isQuiet = false;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const began = performance.now();
    const attempt = await askOnce(question, deadline, lostUntil !== undefined, isQuiet);
    const { fault, excess, patienceMs, answer, guest } = attempt;
    const asked: Asked = { answer, guest };
    if (signal.aborted) return asked;
    // What comes after the first good answer is not within its time; once, or a guest could go on and on.
    if (attempt.wasHealthy && !wasHealthy) {
      wasHealthy = true;
      deadline = Math.max(deadline, performance.now()) + settleMs + LOST_MS;
    }
    if (excess !== undefined) {
      isQuiet = true;
      log.warn({ name: question.name, action: 'check' }, `${excess}; asked without being listened to`);
      closeGuest(asked.guest, log);
      continue;
    }
    if (fault !== undefined) {
      faultSince ??= began;
      cameOn(`cannot ask the guest for its health: ${fault}`, performance.now() - faultSince > STUCK_MS);
      closeGuest(asked.guest, log);
      await sleep(pause, signal);
      const lasted = performance.now() - began;
      deadline += lasted;
      if (lostUntil !== undefined) lostUntil += lasted;
      continue;
    }
    if (faultSince !== undefined) pause = FIRST_PAUSE_MS;
    faultSince = undefined;
    if (patienceMs === 0) return asked;
    if (lostUntil === undefined || asked.guest !== undefined) lostUntil = performance.now() + patienceMs;
    if (performance.now() + pause > Math.min(lostUntil, deadline)) return asked;
    closeGuest(asked.guest, log);
    await sleep(pause, signal);
  }
}

interface Attempt extends Asked {
  /** It may be otherwise in a moment: for so long, from the first time on, it is asked again. 0: that is the answer. */
  readonly patienceMs: number;
  /** It was healthy, and watched. */
  readonly wasHealthy: boolean;
  /** What on the host kept us from asking. */
  readonly fault?: string;
  /** It was left since it sent too much while it was listened to. */
  readonly excess?: string;
}

async function askOnce(
  question: Question,
  deadline: number,
  wasLost: boolean,
  isQuiet: boolean,
): Promise<Attempt> {
  const { name, activation, timeoutMs, settleMs, needsBus, signal, log, cameOn } = question;
  const { probe, allowDegraded } = activation;
  const left = () => Math.max(1, deadline - performance.now());
  let health: GuestHealth = { state: '', failedUnits: [], restarting: [] };
  let excuses: Verdict['excuses'];
  let wasHealthy = false;
  let guest: Guest | undefined;
  const answer = (complaint: string, evidence: readonly string[] = [], patienceMs = 0): Attempt => ({
    answer: {
      ...{ complaint, guestState: health.state, failedUnits: health.failedUnits },
      ...(excuses && { excuses }),
      ...(evidence.length > 0 && { evidence }),
    },
    guest,
    patienceMs,
    wasHealthy,
  });
  const complain = (of: GuestHealth) => complaintOf(of, allowDegraded, Object.keys(excuses ?? {}));
  const settling = () => {
    wasHealthy = true;
    if (settleMs > 0) cameOn(`healthy, watched for ${formatTimeSpan(settleMs)} more`, false);
  };
  const unhealthy = async (connected: Guest, complaint: string) =>
    answer(complaint, await evidenceOf(connected, health, signal, log));
  try {
    const warn = (level: 'warn' | 'error', message: string) => log[level](message);
    guest = await Guest.connect(name, { signal, log: warn, quiet: isQuiet });
    if (guest === undefined && needsBus)
      return answer('it has no system bus, but the last good system had one', [], NO_BUS_MS);
    if (guest === undefined && wasLost)
      return answer('it cannot be asked any more: its bus is gone', [], LOST_MS);
    if (guest === undefined && probe !== null) return answer('it has no system bus to run the probe over');
    if (guest === undefined) {
      settling();
      await sleep(settleMs, signal);
      return answer('');
    }
    health = await guest.health({ signal, timeoutMs: left() });
    excuses = await excusesOf(guest, health, signal);
    const complaint = complain(health);
    if (complaint !== '') return await unhealthy(guest, complaint);
    if (probe !== null) {
      const run = await guest.run('nspawnd-probe.service', probe.command, {
        timeoutMs: Math.min(probe.timeout, left()),
        fresh: true,
        signal,
      });
      const said = run.output === '' ? '' : `: ${run.output}`;
      const how = run.result === 'timeout' ? 'did not end in time' : `ended with status ${run.exitStatus}`;
      if (run.result !== 'done')
        return answer(`its probe ${probe.command[0]} ${how}${said}`, bounded(run.lines));
    }
    if (settleMs === 0) return answer('');
    settling();
    // Nothing may be told of what has no unit to fail: it is asked once more at the end.
    health =
      (await guest.watch(settleMs, seen => complain(seen) !== '', signal)) ??
      (await guest.health({ signal, timeoutMs }));
    const later = complain(health);
    return later === '' ? answer('') : await unhealthy(guest, later);
  } catch (error) {
    if (hasSentTooMuch(error) && !isQuiet) return { ...answer(''), excess: messageOf(error) };
    if (error instanceof HostFault) return { ...answer(''), fault: error.message };
    const isLost = guest === undefined || isGuestGone(error);
    return answer(`it cannot be asked: ${messageOf(error)}`, [], isLost ? LOST_MS : 0);
  }
}
