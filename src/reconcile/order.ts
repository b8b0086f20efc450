import { DependencyGraph } from '../model/dependency-graph.ts';

/**
 * Who depends on whom, as of the last look at each. Never in a circle, in which each would wait for the others: such
 * declarations are refused, but what was rendered before may make one with what is declared now.
 */
export class Order {
  readonly #graph = new DependencyGraph();

  learn(name: string, dependsOn: readonly string[]): void {
    this.#graph.delete(name);
    this.#graph.set(
      name,
      dependsOn.filter(each => !this.#graph.leadsTo(each, name)),
    );
  }

  dependenciesOf(name: string): readonly string[] {
    return this.#graph.dependenciesOf(name);
  }

  dependantsOf(name: string): readonly string[] {
    return [...this.#graph.dependantsOf(name)];
  }

  /** All that are tied to one of these in either direction, directly or through others; these not among them. */
  relativesOf(names: Iterable<string>): Set<string> {
    const given = new Set(names);
    if (this.#graph.isEmpty) return new Set();
    const found = new Set(given);
    // A set that is added to while it is gone through is gone through to its end.
    for (const name of found) {
      for (const each of this.#graph.dependenciesOf(name)) found.add(each);
      for (const each of this.#graph.dependantsOf(name)) found.add(each);
    }
    for (const name of given) found.delete(name);
    return found;
  }
}
