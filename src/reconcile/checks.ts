import type { Logger } from 'pino';
import { Guest, type GuestHealth, isGuestGone } from '../adapters/guest.ts';
import type { Records } from '../adapters/records.ts';
import type { Declaration } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import type { CheckAction } from '../plan/actions.ts';
import type { Verdict } from '../plan/situation.ts';
import { complaintOf } from '../plan/verdict.ts';
import { since, sleep } from './clock.ts';
import { closeGuest } from './close-guest.ts';
import { passed } from './steps.ts';

export interface ChecksParts {
  readonly records: Records;
  readonly log: Logger;
}

/** Told when a check has ended; the connection to the guest, where there is one, is the listener's from then on. */
export type ChecksListener = (name: string, check: CheckAction, guest: Guest | undefined) => void;

/** A guest whose boot took all of activation.timeout still gets so long to answer. */
const LEAST_MS = 5000;
/** And a guest that was lost has so long to go down, or to be back. */
const LOST_MS = 10_000;
const FIRST_PAUSE_MS = 250;

interface Check {
  readonly action: CheckAction;
  readonly abort: AbortController;
}

/** Asks guests how they are, in the background. The answer goes on record, and the name is looked at again. */
export class Checks {
  readonly #parts: ChecksParts;
  readonly #running = new Map<string, Check>();
  readonly #ended: ChecksListener;

  constructor(parts: ChecksParts, ended: ChecksListener) {
    this.#parts = parts;
    this.#ended = ended;
  }

  /** Begins a check, unless just that is under way; one of anything else ends unheard. `elapsed`: of its time, ms. */
  ensure(name: string, action: CheckAction, activation: Declaration['activation'], elapsed: number): void {
    const before = this.#running.get(name);
    if (before?.action.invocation === action.invocation && before.action.system === action.system) return;
    this.cancel(name);
    const check = { action, abort: new AbortController() };
    this.#running.set(name, check);
    void this.#run(name, check, activation, Math.max(activation.timeout - elapsed, LEAST_MS));
  }

  /** Nobody wants to know any more. */
  cancel(name: string): void {
    this.#running.get(name)?.abort.abort(new Error('superseded'));
    this.#running.delete(name);
  }

  async #run(
    name: string,
    check: Check,
    activation: Declaration['activation'],
    timeoutMs: number,
  ): Promise<void> {
    const { log, records } = this.#parts;
    const { action, abort } = check;
    const began = performance.now();
    const asked = await ask(name, activation, timeoutMs, abort.signal, log);
    if (abort.signal.aborted || this.#running.get(name) !== check) return closeGuest(asked.guest, log);
    const verdict: Verdict = { invocation: action.invocation, system: action.system, ...asked.answer };
    const { complaint } = verdict;
    const line = { name, action: 'check', system: action.system, ms: since(began), complaint };
    try {
      records.set(name, { ...records.get(name), verdict });
      passed('verdict');
      if (complaint === '') log.info(line, `${name}: healthy`);
      else log.warn(line, `${name}: not healthy: ${complaint}`);
    } catch (error) {
      log.error({ ...line, err: error }, `cannot keep what ${name} said of its health: ${messageOf(error)}`);
    } finally {
      this.#running.delete(name);
      this.#ended(name, action, asked.guest);
    }
  }
}

type Answer = Omit<Verdict, 'invocation' | 'system'>;

interface Asked {
  readonly answer: Answer;
  /** Still connected. */
  readonly guest: Guest | undefined;
  /** There is nobody to answer, or nobody any more. */
  readonly isLost: boolean;
}

/**
 * Never rejects: a guest that can't be asked is not healthy. But one that is going down, on somebody's wish or to boot
 * anew, is lost before its unit says so and the check is cancelled. So it is tried again for a while.
 */
async function ask(
  name: string,
  activation: Declaration['activation'],
  timeoutMs: number,
  signal: AbortSignal,
  log: Logger,
): Promise<Asked> {
  const deadline = performance.now() + timeoutMs;
  let lostUntil: number | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    const asked = await askOnce(name, activation, deadline, lostUntil !== undefined, signal, log);
    if (!asked.isLost || signal.aborted) return asked;
    if (lostUntil === undefined || asked.guest !== undefined) lostUntil = performance.now() + LOST_MS;
    if (performance.now() + pause > Math.min(lostUntil, deadline)) return asked;
    closeGuest(asked.guest, log);
    await sleep(pause, signal);
  }
}

async function askOnce(
  name: string,
  { probe, allowDegraded }: Declaration['activation'],
  deadline: number,
  wasLost: boolean,
  signal: AbortSignal,
  log: Logger,
): Promise<Asked> {
  const left = () => Math.max(1, deadline - performance.now());
  let health: GuestHealth = { state: '', failedUnits: [] };
  let guest: Guest | undefined;
  const answer = (complaint: string, isLost = false): Asked => ({
    answer: { complaint, guestState: health.state, failedUnits: health.failedUnits },
    guest,
    isLost,
  });
  try {
    guest = await Guest.connect(name, { signal, log: (level, message) => log[level](message) });
    if (guest === undefined && wasLost) return answer('it cannot be asked any more: its bus is gone', true);
    if (guest === undefined)
      return answer(probe === null ? '' : 'it has no system bus to run the probe over');
    health = await guest.health({ signal, timeoutMs: left() });
    const complaint = complaintOf(health, allowDegraded);
    if (complaint !== '' || probe === null) return answer(complaint);
    const run = await guest.run('nspawnd-probe.service', probe.command, {
      timeoutMs: Math.min(probe.timeout, left()),
      fresh: true,
      signal,
    });
    if (run.result === 'done') return answer('');
    const said = run.output === '' ? '' : `: ${run.output}`;
    const how = run.result === 'timeout' ? 'did not end in time' : `ended with status ${run.exitStatus}`;
    return answer(`its probe ${probe.command[0]} ${how}${said}`);
  } catch (error) {
    return answer(`it cannot be asked: ${messageOf(error)}`, guest === undefined || isGuestGone(error));
  }
}
