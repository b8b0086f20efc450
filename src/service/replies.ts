/**
 * Encoded bodies of replies that say the same to everyone, kept for as long as what they say is so. Any user may ask a
 * thousand times for what takes tens of milliseconds and half a megabyte to encode: all these replies share one body.
 */
export class Replies {
  readonly #kept = new WeakMap<object, Map<string, Buffer>>();

  /** Something has changed that is not told by another state object. */
  forget(state: object): void {
    this.#kept.delete(state);
  }

  /** The body of the reply `key` about `state`; `make` gives it when it is not known. Of keys there are only a few. */
  get(state: object, key: string, make: () => Buffer): Buffer {
    const ofState = this.#kept.get(state) ?? new Map<string, Buffer>();
    const known = ofState.get(key);
    if (known !== undefined) return known;
    // A copy: the encoder's own buffer is larger.
    const body = Buffer.from(make());
    ofState.set(key, body);
    this.#kept.set(state, ofState);
    return body;
  }
}
