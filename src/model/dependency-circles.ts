/** Who depends on whom. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** Names or dependencies looked at in all: a fifth of a second. A thousand containers in one circle take a fifth of it. */
const MAX_STEPS = 400_000;
const MAX_SHOWN = 9;

/**
 * Takes containers in the given order, group by group, and leaves out each that would close a circle with those taken
 * before: its name and the circle, `a → b → a`. In place of one after the other whole halves of a group are tried, so
 * that a few circles among many containers cost little more than none; a group that has none is taken at once. Beyond
 * a bound of time whatever is tangled is left out. Nothing is recursive but the halving, for a chain may be as long as
 * there are containers.
 */
export function dependencyCircles(
  groups: readonly (readonly string[])[],
  dependencies: Dependencies,
): Map<string, string> {
  const tangled = withoutEnds(dependencies);
  const search = new Search(tangled);
  for (const names of groups) search.take(names.filter(name => tangled.has(name)));
  return search.leftOut;
}

class Search {
  readonly #dependencies: Dependencies;
  readonly #taken = new Map<string, readonly string[]>();
  readonly leftOut = new Map<string, string>();
  #steps = 0;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  take(names: readonly string[]): void {
    if (names.length === 0) return;
    if (this.#steps > MAX_STEPS) {
      const why = `one of ${this.#dependencies.size} containers that depend on each other in circles`;
      for (const name of names) this.leftOut.set(name, why);
      return;
    }
    for (const name of names) this.#taken.set(name, this.#dependencies.get(name) ?? []);
    if (this.#isFree()) return;
    for (const name of names) this.#taken.delete(name);
    const [only = ''] = names;
    if (names.length === 1) {
      this.leftOut.set(only, this.#circle(only));
      return;
    }
    const half = Math.ceil(names.length / 2);
    this.take(names.slice(0, half));
    this.take(names.slice(half));
  }

  /** Whether what is taken has no circle. */
  #isFree(): boolean {
    for (const dependsOn of this.#taken.values()) this.#steps += 1 + dependsOn.length;
    return withoutLeaves(this.#taken).size === 0;
  }

  /** The shortest one that `name` closes. */
  #circle(name: string): string {
    const cameFrom = new Map<string, string>();
    // A map that is added to while it is gone through is gone through to its end.
    const found = new Set([name]);
    for (const at of found) {
      const dependsOn = (at === name ? this.#dependencies : this.#taken).get(at) ?? [];
      this.#steps += 1 + dependsOn.length;
      for (const next of dependsOn) {
        if (next === name) return shown(wayTo(at, name, cameFrom), name);
        if (!found.has(next)) cameFrom.set(next, at);
        found.add(next);
      }
    }
    return name;
  }
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [end];
  for (let at = end; at !== start; ) {
    at = cameFrom.get(at) ?? start;
    way.push(at);
  }
  return way.reverse();
}

function shown(way: readonly string[], name: string): string {
  const all = [...way, name];
  const names = all.length <= MAX_SHOWN ? all : [...all.slice(0, 4), '…', ...all.slice(-4)];
  return names.join(' → ');
}

/** What neither depends on nothing nor has nothing that depends on it, all the way: circles, and what is between them. */
function withoutEnds(dependencies: Dependencies): Dependencies {
  const inner = withoutLeaves(dependencies);
  const kept = withoutLeaves(reversed(inner));
  return new Map([...inner].filter(([name]) => kept.has(name)));
}

/** Takes away whatever depends on nothing that is left, again and again. */
function withoutLeaves(dependencies: Dependencies): Map<string, readonly string[]> {
  const dependants = reversed(dependencies);
  const open = new Map<string, number>();
  const leaves: string[] = [];
  for (const [name, dependsOn] of dependencies) {
    const count = dependsOn.filter(each => dependencies.has(each)).length;
    open.set(name, count);
    if (count === 0) leaves.push(name);
  }
  const left = new Map(dependencies);
  // An array that is added to while it is gone through is gone through to its end.
  for (const leaf of leaves) {
    left.delete(leaf);
    for (const name of dependants.get(leaf) ?? []) {
      const count = (open.get(name) ?? 0) - 1;
      open.set(name, count);
      if (count === 0) leaves.push(name);
    }
  }
  return left;
}

/** Every name, with those that depend on it. */
function reversed(dependencies: Dependencies): Map<string, string[]> {
  const dependants = new Map<string, string[]>();
  for (const name of dependencies.keys()) dependants.set(name, []);
  for (const [name, dependsOn] of dependencies)
    for (const each of dependsOn) dependants.get(each)?.push(name);
  return dependants;
}
