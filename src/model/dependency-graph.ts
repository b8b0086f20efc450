/** Who depends on whom, in both directions. */
export class DependencyGraph {
  readonly #dependsOn = new Map<string, readonly string[]>();
  readonly #dependants = new Map<string, Set<string>>();
  #steps = 0;

  /** Names and dependencies that were looked at in all. */
  get steps(): number {
    return this.#steps;
  }

  get isEmpty(): boolean {
    return this.#dependsOn.size === 0;
  }

  dependenciesOf(name: string): readonly string[] {
    return this.#dependsOn.get(name) ?? NONE;
  }

  dependantsOf(name: string): Iterable<string> {
    return this.#dependants.get(name) ?? NONE;
  }

  set(name: string, dependsOn: readonly string[]): void {
    this.delete(name);
    if (dependsOn.length === 0) return;
    this.#dependsOn.set(name, dependsOn);
    for (const each of dependsOn) {
      const dependants = this.#dependants.get(each);
      if (dependants === undefined) this.#dependants.set(each, new Set([name]));
      else dependants.add(name);
    }
  }

  delete(name: string): void {
    for (const each of this.dependenciesOf(name)) {
      const dependants = this.#dependants.get(each);
      dependants?.delete(name);
      if (dependants?.size === 0) this.#dependants.delete(each);
    }
    this.#dependsOn.delete(name);
  }

  /**
   * Whether `from` is `goal`, or depends on it, directly or through others. Looked for from both ends in turn, until one
   * of them goes no further: chains that are put together in any order cost little more than their length, where one end
   * alone would take its square.
   */
  leadsTo(from: string, goal: string): boolean {
    const ahead = new Set([from]);
    const behind = new Set([goal]);
    const forward = ahead.values();
    const backward = behind.values();
    while (!ahead.has(goal) && !behind.has(from)) {
      const next = forward.next();
      const before = backward.next();
      if (next.done || before.done) return false;
      this.#addAll(ahead, this.dependenciesOf(next.value));
      this.#addAll(behind, this.dependantsOf(before.value));
    }
    return true;
  }

  /** The shortest way from `from` to `goal`, both included; empty when there is none. */
  way(from: string, goal: string): string[] {
    const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
    // A map that is added to while it is gone through is gone through to its end.
    for (const at of cameFrom.keys()) {
      this.#steps++;
      if (at === goal) return wayBack(goal, cameFrom);
      for (const next of this.dependenciesOf(at)) if (!cameFrom.has(next)) cameFrom.set(next, at);
    }
    return [];
  }

  #addAll(found: Set<string>, names: Iterable<string>): void {
    this.#steps++;
    for (const each of names) {
      this.#steps++;
      found.add(each);
    }
  }
}

const NONE: readonly string[] = [];

function wayBack(end: string, cameFrom: ReadonlyMap<string, string | undefined>): string[] {
  const way: string[] = [];
  for (let at: string | undefined = end; at !== undefined; at = cameFrom.get(at)) way.push(at);
  return way.reverse();
}
