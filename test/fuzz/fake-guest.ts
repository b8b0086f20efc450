import type { Bus, Signal } from '../../src/adapters/bus/bus.ts';
import { BusError, standardError } from '../../src/adapters/bus/errors.ts';
import type { Random } from '../scenarios/soak/random.ts';
import { answerTo, someAnswer, someError, someSignal } from './generate/answer.ts';

interface Pending {
  /** The method or property that was asked for. */
  readonly what: string;
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
    return {
      lost: this.#lost.promise,
      log: () => undefined,
      uniqueName: ':1.2',
      call: (_name: string, _path: string, _iface: string, member: string) => this.#ask(member),
      get: async (_name: string, _path: string, _iface: string, property: string) =>
        (await this.#ask(property))[0],
      owner: () => ':1.1',
      onOwnerChange: (_name: string, listener: (owner: string) => void) =>
        this.#ownerListeners.push(listener),
      subscribe: async (_match: unknown, listener: (signal: Signal) => void) => {
        this.#listeners.push(listener);
        await this.#ask('AddMatch');
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
        this.#emit(someSignal(random));
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

  /** As bus.ts does: what can't be read ends here. */
  #emit(signal: Signal): void {
    for (const listener of this.#listeners) {
      try {
        listener(signal);
      } catch (error) {
        if (!(error instanceof BusError)) throw error;
      }
    }
  }

  #ask(what: string): Promise<unknown[]> {
    if (this.#isLost) return Promise.reject(gone());
    return new Promise((resolve, reject) => this.#pending.push({ what, resolve, reject }));
  }

  #answer(): void {
    const random = this.#random;
    const [pending] = this.#pending.splice(random.below(this.#pending.length || 1), 1);
    if (pending === undefined) return;
    if (random.chance(0.1)) pending.reject(someError(random));
    else if (random.chance(0.8)) pending.resolve([answerTo(random, pending.what)]);
    else pending.resolve(Array.from({ length: random.below(3) }, () => someAnswer(random)));
  }
}

function gone(): BusError {
  return new BusError(standardError('Disconnected'), 'disconnected from the bus: gone');
}
