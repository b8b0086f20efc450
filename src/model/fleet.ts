import type { Declaration, Problem } from './declaration.ts';
import { dependencyCircles } from './dependency-circles.ts';
import { pathOf } from './paths.ts';
import { quoted } from './text.ts';

type Fleet = ReadonlyMap<string, Declaration>;

/** What a container was last rendered to depend on; undefined when it is not rendered. */
export type InForce = (name: string) => readonly string[] | undefined;

/** Each rule finds containers that can't be as declared because of others; a new rule is a function and a line here. */
const RULES: readonly ((fleet: Fleet, inForce: InForce) => Iterable<[string, Problem]>)[] = [
  zonesWithTwoConfigurations,
  circularDependencies,
];

/**
 * What is wrong with declarations that are valid one by one, but not beside each other: a problem for each container
 * that has to give way. `declarations` are all valid ones, by name.
 */
export function fleetProblems(declarations: Fleet, inForce: InForce = () => undefined): Map<string, Problem> {
  const problems = new Map<string, Problem>();
  for (const rule of RULES) {
    for (const [name, problem] of rule(declarations, inForce))
      if (!problems.has(name)) problems.set(name, problem);
  }
  return problems;
}

/** A zone is one bridge with one configuration: that of the member whose file networkd takes. */
function* zonesWithTwoConfigurations(fleet: Fleet): Iterable<[string, Problem]> {
  const owners = new Map<string, { name: string; configuration: string }>();
  for (const [name, { network }] of inOrderOfFiles(fleet)) {
    const { zone, config } = network.veth;
    // A member without settings of its own goes with any.
    if (zone === null || config.host === null) continue;
    const configuration = canonical(config.host);
    const owner = owners.get(zone);
    if (owner === undefined) owners.set(zone, { name, configuration });
    else if (owner.configuration !== configuration) yield [name, differs(owner.name, zone)];
  }
}

function differs(owner: string, zone: string): Problem {
  const why = `both are in zone ${quoted(zone)}, whose bridge vz-${zone} has one configuration`;
  return { field: 'network.veth.config.host', message: `differs from that of "${owner}": ${why}` };
}

/** networkd takes the first file that matches; by path, `a-b` comes before `a`. */
function inOrderOfFiles(fleet: Fleet): [string, Declaration][] {
  const byPath = [...fleet].map(entry => ({ path: pathOf('network', entry[0]), entry }));
  return byPath.sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ entry }) => entry);
}

/** The same text for the same settings, in whatever order they are written. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * systemd would drop the job of some member of a circle. Who closes it gives way: one that is not in force yet, whose
 * unit thus knows nothing of it, and the last by name of those. A name that isn't declared is no problem, as After= of
 * systemd.unit(5) has it.
 */
function* circularDependencies(fleet: Fleet, inForce: InForce): Iterable<[string, Problem]> {
  const depending = [...fleet].filter(([, { dependsOn }]) => dependsOn.length > 0);
  const dependencies = new Map(depending.map(([name, { dependsOn }]) => [name, dependsOn]));
  const inOrder = depending
    .map(([name, { dependsOn }]) => ({ name, isNew: !sameNames(inForce(name), dependsOn) }))
    .sort((a, b) => Number(a.isNew) - Number(b.isNew) || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
  for (const [name, message] of dependencyCircles(inOrder, dependencies))
    yield [name, { field: 'dependsOn', message }];
}

function sameNames(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.toSorted().join() === b.toSorted().join();
}
