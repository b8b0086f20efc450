/**
 * Who depends on whom, as of the last look at each. Never in a circle, in which each would wait for the others: such
 * declarations are refused, but what was rendered before may make one with what is declared now.
 */
export class Order {
  readonly #dependsOn = new Map<string, readonly string[]>();

  learn(name: string, dependsOn: readonly string[]): void {
    this.#dependsOn.delete(name);
    const kept = dependsOn.filter(each => !this.#leadsTo(name, each));
    if (kept.length > 0) this.#dependsOn.set(name, kept);
  }

  dependenciesOf(name: string): readonly string[] {
    return this.#dependsOn.get(name) ?? NONE;
  }

  dependantsOf(name: string): readonly string[] {
    return [...this.#dependsOn].flatMap(([each, dependsOn]) => (dependsOn.includes(name) ? [each] : []));
  }

  /** All that are tied to one of these in either direction, directly or through others; these not among them. */
  relativesOf(names: Iterable<string>): Set<string> {
    const given = new Set(names);
    if (this.#dependsOn.size === 0) return new Set();
    const found = new Set(given);
    // A set that is added to while it is gone through is gone through to its end.
    for (const name of found) {
      for (const each of this.dependenciesOf(name)) found.add(each);
      for (const each of this.dependantsOf(name)) found.add(each);
    }
    for (const name of given) found.delete(name);
    return found;
  }

  #leadsTo(goal: string, from: string): boolean {
    const found = new Set([from]);
    for (const name of found) for (const each of this.dependenciesOf(name)) found.add(each);
    return found.has(goal);
  }
}

const NONE: readonly string[] = [];
