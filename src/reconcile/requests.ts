import { NspawndError } from '../model/errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { Request } from '../plan/situation.ts';
import type { Outcome } from './jobs.ts';
import type { Views } from './views.ts';

interface Asked {
  readonly kind: Request;
  readonly resolve: () => void;
  readonly reject: (error: NspawndError) => void;
}

/** What was asked for through D-Bus and isn't answered yet: equal requests are answered together, in order. */
export class Requests {
  readonly #asked = new Map<string, Asked[]>();

  /** Resolves when what was asked for is done; rejects saying why it cannot be. */
  add(name: string, kind: Request): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = this.#asked.get(name) ?? [];
      asked.push({ kind, resolve, reject });
      this.#asked.set(name, asked);
    });
  }

  /** The request whose turn it is. */
  kind(name: string): Request | undefined {
    return this.#asked.get(name)?.[0]?.kind;
  }

  /** Answers with the outcome of a job that a plan led to. */
  answerWith(name: string, kind: Request | undefined, job: Promise<Outcome>, views: Views): void {
    const taken = this.#take(name, kind);
    void job.then(outcome => {
      // A start that an operator's stop cancelled is what the one who asked for the stop wanted.
      const unmet = outcome !== '' && !(kind === 'stop' && views.all.get(name)?.state === 'stopped');
      for (const { resolve, reject } of taken) {
        if (unmet) reject(new NspawndError('Failed', outcome));
        else resolve();
      }
    });
  }

  /** Answers where a plan had nothing to do: either it is so already, or it cannot be. */
  answer(name: string, kind: Request | undefined, { state, reason }: Plan): void {
    for (const { resolve, reject } of this.#take(name, kind)) {
      if (kind === 'stop' || state === 'running') resolve();
      else
        reject(
          new NspawndError(
            state === 'invalid' ? 'InvalidDeclaration' : 'Failed',
            `cannot ${kind} ${name}: ${reason}`,
          ),
        );
    }
  }

  fail(name: string, error: NspawndError): void {
    for (const { reject } of this.#take(name, this.kind(name))) reject(error);
  }

  /** The requests of a kind that a plan was made for: what was asked since then waits for the next plan. */
  #take(name: string, kind: Request | undefined): Asked[] {
    const asked = this.#asked.get(name) ?? [];
    const rest = asked.filter(each => each.kind !== kind);
    if (rest.length === 0) this.#asked.delete(name);
    else this.#asked.set(name, rest);
    return asked.filter(each => each.kind === kind);
  }
}
