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

const PADDING = Buffer.alloc(8);

// A view never changes, so neither do its bytes.
const encoded = new WeakMap<ContainerView, Buffer>();

/**
 * The encoded body of GetManagedObjects replies. Encoding 1,000 objects takes tens of milliseconds, in which
 * nothing else is done, and half a megabyte; and any user may ask for it a thousand times. So each object is
 * encoded once per change, and as long as none changes, all replies share one body.
 */
export class ManagedObjects {
  #entries: Buffer[] = [];
  #body = dictionaryOf([]);

  body(views: Iterable<ContainerView>): Buffer {
    const entries = Array.from(views, entryOf);
    if (!isSame(entries, this.#entries)) {
      this.#entries = entries;
      this.#body = dictionaryOf(entries);
    }
    return this.#body;
  }
}

function isSame(some: Buffer[], others: Buffer[]): boolean {
  return some.length === others.length && some.every((entry, index) => entry === others[index]);
}

/** The encoded dictionary of encoded entries. Each begins at a multiple of 8, so its bytes are the same anywhere. */
export function dictionaryOf(entries: Buffer[]): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  for (const entry of entries) {
    const padding = PADDING.subarray(0, (8 - (size % 8)) % 8);
    parts.push(padding, entry);
    size += padding.length + entry.length;
  }
  const lengthAndPadding = Buffer.alloc(8);
  lengthAndPadding.writeUInt32LE(size);
  return Buffer.concat([lengthAndPadding, ...parts]);
}

function entryOf(view: ContainerView): Buffer {
  let entry = encoded.get(view);
  if (!entry) {
    entry = encode('oa{sa{sv}}', [containerPath(view.name), interfacesOf(view)]);
    encoded.set(view, entry);
  }
  return entry;
}
