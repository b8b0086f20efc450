import { DependencyGraph } from './dependency-graph.ts';

/** Who depends on whom. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** Names or dependencies looked at in all: some 50 ms on a slow machine without JIT compilation. */
const MAX_STEPS = 100_000;
const MAX_SHOWN = 9;

/**
 * Takes containers one after the other, and leaves out each that would close a circle with those taken before: its name
 * and the circle, `a → b → a`. Beyond a bound of time whatever is tangled is left out. Nothing is recursive, for a chain
 * may be as long as there are containers.
 */
export function dependencyCircles(
  inOrder: readonly string[],
  dependencies: Dependencies,
): Map<string, string> {
  const tangled = withoutEnds(dependencies);
  const taken = new DependencyGraph();
  const leftOut = new Map<string, string>();
  for (const name of inOrder) {
    const dependsOn = tangled.get(name)?.filter(each => tangled.has(each)) ?? [];
    if (taken.steps > MAX_STEPS && dependsOn.length > 0) {
      leftOut.set(name, `it is one of ${tangled.size} containers that depend on each other in circles`);
      continue;
    }
    const closing = dependsOn.find(each => taken.leadsTo(each, name));
    if (closing === undefined) taken.set(name, dependsOn);
    else leftOut.set(name, `it depends on itself: ${shown([name, ...taken.way(closing, name)])}`);
  }
  return leftOut;
}

function shown(circle: readonly string[]): string {
  const names = circle.length <= MAX_SHOWN ? circle : [...circle.slice(0, 4), '…', ...circle.slice(-4)];
  return names.join(' → ');
}

/** What neither depends on nothing nor has nothing that depends on it, all the way: circles, and what is between them. */
function withoutEnds(dependencies: Dependencies): Dependencies {
  const inner = withoutLeaves(dependencies);
  if (inner.size === 0) return inner;
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
