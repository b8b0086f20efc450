import { BusError, standardError } from './errors.ts';

/** What a peer may cost: so much each second, and so much at once after it has been quiet for long. */
export interface Budget {
  readonly bytes: Allowance;
  readonly messages: Allowance;
  /** Processor time that it takes to handle what comes. */
  readonly ms: Allowance;
}

export interface Allowance {
  readonly perSecond: number;
  readonly atOnce: number;
}

/**
 * Keeps account of what a peer costs. Bytes and time count, not messages only: one message may cost as much as
 * thousands.
 */
export class Account {
  readonly #budget: Budget;
  readonly #left: Record<keyof Budget, number>;
  #at = performance.now();

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#left = { bytes: budget.bytes.atOnce, messages: budget.messages.atOnce, ms: budget.ms.atOnce };
  }

  /** Throws `Excess` when this is more than what is left. */
  charge(cost: Record<keyof Budget, number>): void {
    const now = performance.now();
    const seconds = (now - this.#at) / 1000;
    this.#at = now;
    for (const what of KINDS) {
      const { perSecond, atOnce } = this.#budget[what];
      this.#left[what] = Math.min(atOnce, this.#left[what] + seconds * perSecond) - cost[what];
      if (this.#left[what] < 0) throw new Excess(`it sends too much: ${WORDS[what](perSecond)}`);
    }
  }
}

/** A peer sent more than it may: not by its own word, which would have the same code. */
export class Excess extends BusError {
  constructor(message: string, options?: ErrorOptions) {
    super(standardError('LimitsExceeded'), message, options);
  }
}

/** The reason among the causes of an error, if that is why a connection was lost. */
export function excessIn(error: unknown): Excess | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof Excess) return cause;
  return undefined;
}

const KINDS = ['bytes', 'messages', 'ms'] as const;
const WORDS: Record<keyof Budget, (perSecond: number) => string> = {
  bytes: perSecond => `more than ${perSecond / 1024} KiB each second`,
  messages: perSecond => `more than ${perSecond} messages each second`,
  ms: perSecond => `what takes more than ${perSecond} ms of processor time each second`,
};
