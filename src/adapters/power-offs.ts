import { unitOf } from '../model/name.ts';
import { endedInOrder } from './journal.ts';

/** Which machines that were gone before they were ready had been powered off. */
export class PowerOffs {
  /** The last answer for each name: a unit that has failed is looked at often, and its journal is read by a process. */
  readonly #known = new Map<string, { readonly invocation: string; readonly answer: Promise<boolean> }>();

  /** Of an invocation that has ended. */
  was(name: string, invocation: string): Promise<boolean> {
    const known = this.#known.get(name);
    if (known?.invocation === invocation) return known.answer;
    const answer = endedInOrder(unitOf(name), invocation).catch(() => false);
    this.#known.set(name, { invocation, answer });
    return answer;
  }
}
