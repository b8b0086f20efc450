import type { Logger } from 'pino';
import type { Guest } from '../adapters/guest.ts';
import type { Records } from '../adapters/records.ts';
import type { Declaration } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import type { CheckAction } from '../plan/actions.ts';
import type { Trial, Verdict } from '../plan/situation.ts';
import { since } from './clock.ts';
import { closeGuest } from './close-guest.ts';
import { tellEvidence } from './evidence.ts';
import { checkHealth } from './health-check.ts';
import { passed } from './steps.ts';

export interface ChecksParts {
  readonly records: Records;
  readonly log: Logger;
}

export interface ChecksListener {
  /** It has ended; the connection to the guest, where there is one, is the listener's from then on. */
  ended(name: string, check: CheckAction, guest: Guest | undefined): void;
  /** How far it has come is on record. */
  cameOn(name: string): void;
}

/** A guest whose boot took all of activation.timeout still gets so long to answer. */
const LEAST_MS = 5000;

interface Check {
  readonly action: CheckAction;
  readonly abort: AbortController;
}

/** Asks guests how they are, in the background. The answer goes on record, and the name is looked at again. */
export class Checks {
  readonly #parts: ChecksParts;
  readonly #running = new Map<string, Check>();
  readonly #listener: ChecksListener;

  constructor(parts: ChecksParts, listener: ChecksListener) {
    this.#parts = parts;
    this.#listener = listener;
  }

  /** Begins a check, unless just that is under way; one of anything else ends unheard. `elapsed`: of its time, ms. */
  ensure(name: string, action: CheckAction, activation: Declaration['activation'], elapsed: number): void {
    if (isSame(this.#running.get(name)?.action, action)) return;
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
    const isMine = () => !abort.signal.aborted && this.#running.get(name) === check;
    this.#note(name, action, undefined);
    const asked = await checkHealth({
      ...{ name, activation, timeoutMs, log, signal: abort.signal },
      ...{ settleMs: action.settle, needsBus: action.needsBus },
      cameOn: (reason, isStuck) => {
        if (isMine() && this.#note(name, action, { reason, isStuck })) this.#listener.cameOn(name);
      },
    });
    if (!isMine()) return closeGuest(asked.guest, log);
    const verdict: Verdict = { invocation: action.invocation, system: action.system, ...asked.answer };
    const { complaint, evidence = [] } = verdict;
    const line = { name, action: 'check', system: action.system, ms: since(began), complaint };
    try {
      const { trial: _, ...record } = records.get(name);
      records.set(name, { ...record, verdict });
      passed('verdict');
      if (complaint === '') log.info(line, `${name}: healthy`);
      else log.warn(line, `${name}: not healthy: ${complaint}`);
      tellEvidence(log, name, evidence);
    } catch (error) {
      log.error({ ...line, err: error }, `cannot keep what ${name} said of its health: ${messageOf(error)}`);
    } finally {
      this.#running.delete(name);
      this.#listener.ended(name, action, asked.guest);
    }
  }

  /** Puts on record how far a check has come; whether that could be done, and changed anything. */
  #note(
    name: string,
    { invocation, system }: CheckAction,
    said: Pick<Trial, 'reason' | 'isStuck'> | undefined,
  ): boolean {
    const { log, records } = this.#parts;
    const { trial, ...record } = records.get(name);
    if (trial === undefined && said === undefined) return false;
    try {
      records.set(name, said === undefined ? record : { ...record, trial: { invocation, system, ...said } });
      return trial?.reason !== said?.reason || trial?.isStuck !== said?.isStuck;
    } catch (error) {
      // What is said meanwhile is of no consequence for what is done.
      log.error({ err: error, name }, `cannot keep how far the check of ${name} is: ${messageOf(error)}`);
      return false;
    }
  }
}

function isSame(a: CheckAction | undefined, b: CheckAction): boolean {
  return (
    a?.invocation === b.invocation &&
    a.system === b.system &&
    a.settle === b.settle &&
    a.needsBus === b.needsBus
  );
}
