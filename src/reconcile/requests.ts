import { NspawndError } from '../model/errors.ts';
import { isJob } from '../plan/actions.ts';
import type { Plan } from '../plan/plan.ts';
import type { Quarantine, Request } from '../plan/situation.ts';

interface Asked {
  readonly request: Request;
  readonly resolve: () => void;
  readonly reject: (error: NspawndError) => void;
  /** What was in quarantine when a plan was made for it; undefined before. */
  before?: readonly Quarantine[];
  /** The plan made for it has a job that is yet to begin: what is planned meanwhile is planned for it as well. */
  waits?: boolean;
}

/**
 * What was asked for through D-Bus and isn't answered yet. A plan is made for one request at a time, in order; equal ones
 * are answered together, when all that it led to is done.
 */
export class Requests {
  readonly #asked = new Map<string, Asked[]>();

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
    return (this.#new(name) ?? this.#asked.get(name)?.findLast(({ waits }) => waits))?.request;
  }

  /** Whether a plan is to be made for another one, now that one was made for `request`. */
  isNext(name: string, request: Request | undefined): boolean {
    const waits = this.#asked.get(name)?.some(asked => asked.waits) === true;
    return this.#new(name) !== undefined || (waits && request !== undefined && isWord(request.kind));
  }

  /** The job has begun that a plan led to. */
  begun(name: string): void {
    for (const asked of this.#asked.get(name) ?? []) asked.waits = false;
  }

  #new(name: string): Asked | undefined {
    return this.#asked.get(name)?.find(({ before }) => before === undefined);
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
    for (const asked of this.#asked.get(name) ?? []) {
      if (request === undefined || !isFor(asked, request)) continue;
      asked.before = plan.lasting.quarantined ?? [];
      asked.waits = plan.actions.some(isJob);
    }
    this.#answer(
      name,
      ({ request: { kind }, before }) => before !== undefined && isWord(kind),
      asked => asked.resolve(),
    );
    if (busy) return;
    // A word has nothing to do with what else is asked for, whose turn to begin is yet to come.
    const isWordOnly = request !== undefined && isWord(request.kind);
    this.#answer(
      name,
      ({ before, waits }) => before !== undefined && !(isWordOnly && waits),
      asked => {
        const why = unmet(asked, plan);
        if (why === undefined) asked.resolve();
        else asked.reject(refusalOf(asked, name, plan, why));
      },
    );
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
