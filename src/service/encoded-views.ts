import { encode } from '../adapters/bus/bus.ts';
import type { ContainerView } from '../model/container.ts';

const PADDING = Buffer.alloc(8);

/** The bytes of something about each view, which never changes and so is encoded once. */
export class EncodedViews {
  readonly #signature: string;
  readonly #values: (view: ContainerView) => unknown[];
  readonly #encoded = new WeakMap<ContainerView, Buffer>();

  /** `values` gives what `signature` says: the members of a struct, or the key and the value of a dictionary's entry. */
  constructor(signature: string, values: (view: ContainerView) => unknown[]) {
    this.#signature = signature;
    this.#values = values;
  }

  /** The array of all of them, as one argument of a message. */
  body(views: Iterable<ContainerView>): Buffer {
    return arrayOf(Array.from(views, view => this.#entryOf(view)));
  }

  #entryOf(view: ContainerView): Buffer {
    let entry = this.#encoded.get(view);
    if (!entry) {
      // A copy: the encoder's own buffer is larger.
      entry = Buffer.from(encode(this.#signature, this.#values(view)));
      this.#encoded.set(view, entry);
    }
    return entry;
  }
}

/** The array of encoded structs or entries. Each begins at a multiple of 8, so its bytes are the same anywhere. */
export function arrayOf(entries: Buffer[]): Buffer {
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
