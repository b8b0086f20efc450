/**
 * Who depends on whom, as of the last look at each. Never in a circle, in which each would wait for the others: such
 * declarations are refused, but what was rendered before may make one with what is declared now.
 */
export class Order {
  readonly #dependsOn = new Map<string, readonly string[]>();
  /** The same the other way round. */
  readonly #dependants = new Map<string, Set<string>>();

  learn(name: string, dependsOn: readonly string[]): void {
    this.#forget(name);
    const kept = dependsOn.filter(each => !this.#leadsTo(name, each));
    if (kept.length === 0) return;
    this.#dependsOn.set(name, kept);
    for (const each of kept) {
      const dependants = this.#dependants.get(each);
      if (dependants === undefined) this.#dependants.set(each, new Set([name]));
      else dependants.add(name);
    }
  }

  dependenciesOf(name: string): readonly string[] {
    return this.#dependsOn.get(name) ?? NONE;
  }

  dependantsOf(name: string): readonly string[] {
    return [...(this.#dependants.get(name) ?? NONE)];
  }

  /** All that are tied to one of these in either direction, directly or through others; these not among them. */
  relativesOf(names: Iterable<string>): Set<string> {
    const given = new Set(names);
    if (this.#dependsOn.size === 0) return new Set();
    const found = new Set(given);
    // A set that is added to while it is gone through is gone through to its end.
    for (const name of found) {
      for (const each of this.dependenciesOf(name)) found.add(each);
      for (const each of this.#dependants.get(name) ?? NONE) found.add(each);
    }
    for (const name of given) found.delete(name);
    return found;
  }

  #forget(name: string): void {
    for (const each of this.dependenciesOf(name)) {
      const dependants = this.#dependants.get(each);
      dependants?.delete(name);
      if (dependants?.size === 0) this.#dependants.delete(each);
    }
    this.#dependsOn.delete(name);
  }

  /**
   * From both ends in turn, until one of them goes no further: chains that are learned in any order cost little more
   * than their length, where one end alone would take its square.
   */
  #leadsTo(goal: string, from: string): boolean {
    const ahead = new Set([from]);
    const behind = new Set([goal]);
    const forward = ahead.values();
    const backward = behind.values();
    for (;;) {
      const next = forward.next();
      if (next.done) return ahead.has(goal);
      for (const each of this.dependenciesOf(next.value)) ahead.add(each);
      if (ahead.has(goal)) return true;
      const before = backward.next();
      if (before.done) return behind.has(from);
      for (const each of this.#dependants.get(before.value) ?? NONE) behind.add(each);
      if (behind.has(from)) return true;
    }
  }
}

const NONE: readonly string[] = [];
