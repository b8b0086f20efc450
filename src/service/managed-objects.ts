import { encode } from '../adapters/bus/bus.ts';
import type { ContainerView } from '../model/container.ts';
import { containerPath } from '../model/object-path.ts';
import { CONTAINER_INTERFACE } from './container-interface.ts';
import { allProperties } from './properties.ts';

export const MANAGED_OBJECTS_SIGNATURE = 'a{oa{sa{sv}}}';

/** What InterfacesAdded tells of a container: `a{sa{sv}}`. */
export function interfacesOf(view: ContainerView) {
  return { [CONTAINER_INTERFACE.name]: allProperties(CONTAINER_INTERFACE, view) };
}

// A view never changes, so neither do its bytes.
const entries = new WeakMap<ContainerView, Buffer>();

/**
 * The encoded body of a GetManagedObjects reply. Encoding 1,000 objects takes tens of milliseconds, in which
 * nothing else is done, and any user may ask for it: each object is encoded once per change instead. That
 * works because each entry of a dictionary begins at a multiple of 8, so its bytes are the same anywhere.
 */
export function managedObjects(views: Iterable<ContainerView>): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  for (const view of views) {
    const entry = entryOf(view);
    const padding = PADDING.subarray(0, (8 - (size % 8)) % 8);
    parts.push(padding, entry);
    size += padding.length + entry.length;
  }
  const lengthAndPadding = Buffer.alloc(8);
  lengthAndPadding.writeUInt32LE(size);
  return Buffer.concat([lengthAndPadding, ...parts]);
}

const PADDING = Buffer.alloc(8);

function entryOf(view: ContainerView): Buffer {
  let entry = entries.get(view);
  if (!entry) {
    entry = encode('oa{sa{sv}}', [containerPath(view.name), interfacesOf(view)]);
    entries.set(view, entry);
  }
  return entry;
}
