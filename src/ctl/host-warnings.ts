import { dirname, resolve } from 'node:path';
import type { Declaration } from '../model/declaration.ts';
import { DECLARATIONS } from '../model/paths.ts';

/**
 * What is not wrong with a declaration but with this host for it: hazards, and bind sources for which the daemon would
 * wait; each as a line without the file. What concerns any container of this host, and that a source doesn't exist, is said of
 * the declarations in force only: others may be meant for another host.
 */
export async function hostWarnings(file: string, declaration: Declaration): Promise<string[]> {
  const [{ obstacleOf }, { hazardsOf, storeHazard }, { lookAtExposure, lookAtSource }] = await Promise.all([
    import('../model/bind-source.ts'),
    import('../model/hazards.ts'),
    import('../adapters/bind-sources.ts'),
  ]);
  const [{ cannotIdmap }, { Pass }, { formatProblem }] = await Promise.all([
    import('../adapters/host-facts.ts'),
    import('../adapters/pass.ts'),
    import('../model/declaration.ts'),
  ]);
  const pass = new Pass();
  const isOfThisHost = dirname(resolve(file)) === DECLARATIONS;
  const obstacles = declaration.binds.flatMap(bind => {
    const source = lookAtSource(bind.hostPath, pass);
    if (source.found === 'missing' && !isOfThisHost) return [];
    return obstacleOf(bind, declaration.userNamespace, source) ?? [];
  });
  const hazards = hazardsOf(declaration, {
    source: path => lookAtSource(path, pass),
    exposure: path => lookAtExposure(path, pass),
  });
  const ofStore = isOfThisHost ? storeHazard(declaration, cannotIdmap(pass)) : [];
  return [...obstacles, ...[...ofStore, ...hazards].map(formatProblem)];
}
