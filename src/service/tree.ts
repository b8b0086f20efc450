import { assertMachineName } from '../model/name.ts';
import { CONTAINERS_PATH, containerName, encodeLabel, MANAGER_PATH } from '../model/object-path.ts';
import { CONTAINER_INTERFACE } from './container-interface.ts';
import { type ServedObject, served } from './declaration.ts';
import { MANAGER_INTERFACE } from './manager-interface.ts';
import type { Operations } from './operations.ts';

/** Each character of a name takes three at most. */
const MAX_PATH = CONTAINERS_PATH.length + 256;

/** The object at a path, if there is one. Throws `InvalidArgs` where the path names a container that can't be. */
export function objectAt(operations: Operations, path: string): ServedObject | undefined {
  if (path === MANAGER_PATH) return served(path, MANAGER_INTERFACE, operations);
  if (path.length > MAX_PATH) return undefined;
  const name = containerName(path);
  if (name === undefined) return undefined;
  assertMachineName(name);
  const view = operations.views().get(name);
  return view && served(path, CONTAINER_INTERFACE, view);
}

/** The names of the nodes right below a path, as introspection tells them; none for unknown paths. */
export function childrenOf(operations: Operations, path: string): string[] {
  const views = operations.views();
  if (path === CONTAINERS_PATH) return Array.from(views.keys(), encodeLabel);
  const deepest = views.size > 0 ? CONTAINERS_PATH : MANAGER_PATH;
  const prefix = path === '/' ? '/' : `${path}/`;
  const next = deepest.startsWith(prefix) ? deepest.slice(prefix.length).split('/')[0] : undefined;
  return next ? [next] : [];
}
