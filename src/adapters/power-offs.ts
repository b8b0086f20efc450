import { unitOf } from '../model/name.ts';
import { endedInOrder } from './journal.ts';

/** Is told what could not be found out about a machine, and why. */
export type PowerOffsListener = (name: string, error: unknown) => void;

/** Which machines that were gone before they were ready had been powered off. */
export class PowerOffs {
  /** The last answer for each name: a unit that has failed is looked at often, and its journal is read by a process. */
  readonly #known = new Map<string, { readonly invocation: string; readonly answer: Promise<boolean> }>();

  readonly #failed: PowerOffsListener;

  constructor(failed: PowerOffsListener) {
    this.#failed = failed;
  }

  /** Of an invocation that has ended. Where it can't be told, it was not: its start counts as failed. */
  was(name: string, invocation: string): Promise<boolean> {
    const known = this.#known.get(name);
    if (known?.invocation === invocation) return known.answer;
    const answer = endedInOrder(unitOf(name), invocation).catch((error: unknown) => {
      this.#failed(name, error);
      return false;
    });
    this.#known.set(name, { invocation, answer });
    return answer;
  }
}
