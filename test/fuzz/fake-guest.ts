import type { Bus, Signal } from '../../src/adapters/bus/bus.ts';
import { BusError, standardError } from '../../src/adapters/bus/errors.ts';
import type { Random } from '../scenarios/soak/random.ts';
import { someAnswer, someError, someSignal } from './generate/answer.ts';

interface Pending {
  readonly resolve: (values: unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** The bus of a guest that answers anything, in any order, or not at all. */
export class FakeGuest {
  readonly #random: Random;
  readonly #pending: Pending[] = [];
  readonly #listeners: ((signal: Signal) => void)[] = [];
  readonly #ownerListeners: ((owner: string) => void)[] = [];
  readonly #lost = Promise.withResolvers<Error>();
  #isLost = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** As the code under test sees it. */
  get bus(): Bus {
    const ask = () => this.#ask();
    return {
      lost: this.#lost.promise,
      log: () => undefined,
      uniqueName: ':1.2',
      call: ask,
      get: async () => (await ask())[0],
      getAll: async () => (await ask())[0],
      owner: () => ':1.1',
      onOwnerChange: (_name: string, listener: (owner: string) => void) =>
        this.#ownerListeners.push(listener),
      subscribe: async (_match: unknown, listener: (signal: Signal) => void) => {
        this.#listeners.push(listener);
        await ask();
      },
      close: async () => this.lose(),
    } as unknown as Bus;
  }

  /** Something happens in the guest. */
  step(): void {
    const random = this.#random;
    switch (random.below(10)) {
      case 0:
        for (const listener of this.#ownerListeners) listener(random.pick(['', ':1.3']));
        return;
      case 1:
      case 2:
      case 3:
        for (const listener of this.#listeners) listener(someSignal(random) as Signal);
        return;
      default:
        this.#answer();
    }
  }

  /** The connection ends; what is still pending fails, as in bus.ts. */
  lose(): void {
    this.#isLost = true;
    this.#lost.resolve(new Error('gone'));
    for (const { reject } of this.#pending.splice(0)) reject(gone());
  }

  #ask(): Promise<unknown[]> {
    if (this.#isLost) return Promise.reject(gone());
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  }

  #answer(): void {
    const random = this.#random;
    const [pending] = this.#pending.splice(random.below(this.#pending.length || 1), 1);
    if (random.chance(0.15)) pending?.reject(someError(random));
    else
      pending?.resolve(
        Array.from({ length: random.chance(0.95) ? 1 : random.below(3) }, () => someAnswer(random)),
      );
  }
}

function gone(): BusError {
  return new BusError(standardError('Disconnected'), 'disconnected from the bus: gone');
}
