import type { ContainerView } from '../model/container.ts';
import { containerPath } from '../model/object-path.ts';
import { CONTAINER_INTERFACE } from './container-interface.ts';
import { EncodedViews } from './encoded-views.ts';
import { allProperties } from './properties.ts';

export const MANAGED_OBJECTS_SIGNATURE = 'a{oa{sa{sv}}}';

/** What GetManagedObjects answers. Encoding 1,000 objects takes tens of milliseconds: each is encoded once per change. */
export const managedObjects = new EncodedViews('oa{sa{sv}}', view => [
  containerPath(view.name),
  interfacesOf(view),
]);

/** What InterfacesAdded tells of a container: `a{sa{sv}}`. */
export function interfacesOf(view: ContainerView) {
  return { [CONTAINER_INTERFACE.name]: allProperties(CONTAINER_INTERFACE, view) };
}
