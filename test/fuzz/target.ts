import type { Random } from '../scenarios/soak/random.ts';

/**
 * A border of the program, with what must hold for any input there. Inputs are JSON values, so that one that failed can be
 * kept in `regressions/` whatever becomes of the generator.
 */
export interface Target<Input = unknown> {
  readonly name: string;
  /** CPU time that one input may take, in ms. */
  readonly limitMs: number;
  /** The same input for the same numbers. */
  generate(random: Random): Input;
  /** Throws, or rejects, when something does not hold. `workspace` is an empty directory of its own. */
  check(input: Input, workspace: string): void | Promise<void>;
}

/** What no input may keep the daemon for (docs/design.md). */
export const TURN_MS = 50;
