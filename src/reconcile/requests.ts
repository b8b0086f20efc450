import { NspawndError } from '../model/errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { Quarantine, Request } from '../plan/situation.ts';

interface Asked {
  readonly request: Request;
  readonly resolve: () => void;
  readonly reject: (error: NspawndError) => void;
  /** What was in quarantine when a plan was made for it; undefined before. */
  before?: readonly Quarantine[];
}

/**
 * What was asked for through D-Bus and isn't answered yet. A plan is made for one request at a time, in order; equal ones
 * are answered together, when all that it led to is done.
 */
export class Requests {
  readonly #asked = new Map<string, Asked[]>();
  /** Those that the last plan was for. */
  readonly #served = new Map<string, readonly Asked[]>();

  /** Resolves when what was asked for is done; rejects saying why it cannot be. */
  add(name: string, kind: Request['kind'], system = ''): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = this.#asked.get(name) ?? [];
      asked.push({ request: { kind, system }, resolve, reject });
      this.#asked.set(name, asked);
    });
  }

  /** The request whose turn it is. */
  next(name: string): Request | undefined {
    return this.#asked.get(name)?.find(({ before }) => before === undefined)?.request;
  }

  /** Notes that a plan was made, for a request if there is one, and answers what can be answered by it. */
  planned(name: string, request: Request | undefined, plan: Plan, busy: boolean): void {
    const { refusal } = plan;
    if (request !== undefined && refusal !== undefined) {
      const error = new NspawndError(refusal.code, `cannot ${request.kind} ${name}: ${refusal.message}`);
      this.#answer(
        name,
        asked => isFor(asked, request),
        asked => asked.reject(error),
      );
    }
    const waiting = this.#asked.get(name) ?? [];
    const served = request === undefined ? [] : waiting.filter(asked => isFor(asked, request));
    for (const asked of served) asked.before = plan.lasting.quarantined ?? [];
    this.#served.set(name, served);
    this.#answer(
      name,
      ({ request: { kind }, before }) => before !== undefined && isWord(kind),
      asked => asked.resolve(),
    );
    if (!busy) this.#settled(name, plan);
  }

  /** The job of the last plan never began: a plan is to be made once more for those that it was for. */
  putOff(name: string): void {
    for (const asked of this.#served.get(name) ?? []) delete asked.before;
  }

  /** A job that a plan led to failed: the function returned answers those who asked for it by now. */
  failing(name: string, outcome: string): () => void {
    const begun = new Set((this.#asked.get(name) ?? []).filter(({ before }) => before !== undefined));
    const error = new NspawndError('Failed', outcome);
    return () =>
      this.#answer(
        name,
        asked => begun.has(asked),
        asked => asked.reject(error),
      );
  }

  /** No plan could be made. */
  fail(name: string, error: NspawndError): void {
    this.#answer(
      name,
      () => true,
      asked => asked.reject(error),
    );
  }

  /** Nothing is left to do: all that it was made for has come to its end. */
  #settled(name: string, plan: Plan): void {
    this.#answer(
      name,
      ({ before }) => before !== undefined,
      asked => {
        const why = unmet(asked, plan);
        if (why === undefined) asked.resolve();
        else asked.reject(refusalOf(asked, name, plan, why));
      },
    );
  }

  #answer(name: string, which: (asked: Asked) => boolean, answer: (asked: Asked) => void): void {
    const all = this.#asked.get(name);
    if (all === undefined) return;
    const rest = all.filter(asked => !which(asked));
    if (rest.length === 0) this.#asked.delete(name);
    else this.#asked.set(name, rest);
    for (const asked of all) if (which(asked)) answer(asked);
  }
}

/** What is done as soon as it is on record. */
function isWord(kind: Request['kind']): boolean {
  return kind === 'hold' || kind === 'unhold';
}

function isFor({ request, before }: Asked, other: Request): boolean {
  return before === undefined && request.kind === other.kind && request.system === other.system;
}

/** Why what was asked for isn't so although nothing is left to do, undefined if it is. */
function unmet(
  { request: { kind }, before = [] }: Asked,
  { state, reason, lasting }: Plan,
): string | undefined {
  if (kind === 'stop') return undefined;
  const tried = (lasting.quarantined ?? []).find(each => !before.includes(each));
  if (tried !== undefined) return reason;
  const up = state === 'running' || state === 'degraded' || state === 'held';
  return up || (state === 'rolled-back' && kind !== 'retry') ? undefined : reason;
}

function refusalOf({ request }: Asked, name: string, { state }: Plan, why: string): NspawndError {
  const code = state === 'invalid' ? 'InvalidDeclaration' : 'Failed';
  return new NspawndError(code, `cannot ${request.kind} ${name}: ${why}`);
}
