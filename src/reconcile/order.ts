/**
 * Sorts so that what an entry depends on comes before it, as far as it is among the entries; else the order stays.
 * Slots are given in this order: what waits for another's readiness must not hold the place that the other needs.
 */
export function dependenciesFirst<T>(
  entries: readonly T[],
  nameOf: (entry: T) => string,
  dependsOn: (entry: T) => readonly string[],
): T[] {
  const byName = new Map(entries.map(entry => [nameOf(entry), entry]));
  const ordered = new Set<T>();
  const visiting = new Set<T>();
  const visit = (entry: T) => {
    if (ordered.has(entry) || visiting.has(entry)) return;
    visiting.add(entry);
    for (const name of dependsOn(entry)) {
      const needed = byName.get(name);
      if (needed !== undefined) visit(needed);
    }
    ordered.add(entry);
  };
  for (const entry of entries) visit(entry);
  return [...ordered];
}
