import { type Declarations, fileOf } from '../adapters/declarations.ts';
import { readDropIn } from '../adapters/unit-files.ts';
import { type Declaration, formatProblem, type Problem } from '../model/declaration.ts';
import { messageOf } from '../model/errors.ts';
import { fleetProblems } from '../model/fleet.ts';
import type { Declared } from '../plan/situation.ts';
import { namesAfter } from '../render/features/service.ts';

/** The declarations as they are beside each other: one that clashes with another is as invalid as a broken one. */
export class Fleet {
  readonly #declarations: Declarations;
  readonly #changed: (name: string) => void;
  #problems = new Map<string, Problem>();
  #generation = -1;

  /** `changed` is told of a container that came to clash with another, or no longer does. */
  constructor(declarations: Declarations, changed: (name: string) => void) {
    this.#declarations = declarations;
    this.#changed = changed;
  }

  read(name: string): Declared {
    const declared = this.#declarations.read(name);
    if (this.#declarations.generation !== this.#generation) this.#compare(name);
    const problem = this.#problems.get(name);
    if (problem === undefined || declared.kind !== 'valid') return declared;
    return { kind: 'invalid', reason: `${fileOf(name)}: ${formatProblem(problem)}` };
  }

  names(): readonly string[] {
    return this.#declarations.names();
  }

  /** All declarations are read, which only those that changed cost more than a look. */
  #compare(reading: string): void {
    const fleet = new Map<string, Declaration>();
    for (const name of this.#declarations.names()) {
      const declared = this.#declarations.read(name);
      if (declared.kind === 'valid') fleet.set(name, declared.declaration);
    }
    const before = this.#problems;
    this.#generation = this.#declarations.generation;
    this.#problems = problemsOf(fleet);
    for (const name of new Set([...before.keys(), ...this.#problems.keys()])) {
      const same = before.get(name)?.message === this.#problems.get(name)?.message;
      if (!same && name !== reading) this.#changed(name);
    }
  }
}

/** What goes wrong over one declaration stays with it: it is left out, and the others are compared without it. */
function problemsOf(fleet: Map<string, Declaration>): Map<string, Problem> {
  try {
    return fleetProblems(fleet, inForce);
  } catch (error) {
    const broken = new Map<string, Problem>();
    for (const [name, declaration] of fleet) {
      const why = failureOf(() => fleetProblems(new Map([[name, declaration]]), inForce));
      if (why === undefined) continue;
      const message = `cannot compare it with the other declarations: ${why}`;
      broken.set(name, { field: '', message });
      fleet.delete(name);
    }
    if (broken.size === 0) throw error;
    return new Map([...fleetProblems(fleet, inForce), ...broken]);
  }
}

function failureOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** What its unit comes after now. */
function inForce(name: string): string[] | undefined {
  const dropIn = readDropIn(name);
  return dropIn === undefined ? undefined : namesAfter(dropIn);
}
