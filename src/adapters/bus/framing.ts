import { MAX_MESSAGE, METHOD_CALL, messageSize, SIGNAL } from './message.ts';

const FIXED_HEADER = 16;
const TYPE = 1;

/**
 * Cuts the byte stream of the bus into messages. Whole messages inside a chunk are handed on without a copy.
 * Throws when the stream can't be a D-Bus connection, or for a message of more than `maxMessage` bytes; nothing
 * after that makes sense.
 *
 * Of calls and signals, which nobody asked for, no more than the first `maxUnasked` bytes are kept; the rest is dropped
 * as it comes. `onMessage` is told the whole size, too.
 */
export class Framing {
  readonly #onMessage: (bytes: Buffer, size: number) => void;
  readonly #maxMessage: number;
  readonly #maxUnasked: number;
  /** How much of what comes next still belongs to a message that was cut off. */
  #skip = 0;
  #chunks: Buffer[] = [];
  #have = 0;
  #need = FIXED_HEADER;

  constructor(
    onMessage: (bytes: Buffer, size: number) => void,
    maxMessage = MAX_MESSAGE,
    maxUnasked = maxMessage,
  ) {
    this.#onMessage = onMessage;
    this.#maxMessage = maxMessage;
    this.#maxUnasked = maxUnasked;
  }

  push(chunk: Buffer): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    if (skipped === chunk.length) return;
    this.#chunks.push(skipped === 0 ? chunk : chunk.subarray(skipped));
    this.#have += chunk.length - skipped;
    // Joined only when something can come out of it, so a large message isn't copied once per chunk.
    if (this.#have >= this.#need) this.#take(this.#joined());
  }

  #joined(): Buffer {
    return this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
  }

  #take(bytes: Buffer): void {
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      const fixed = bytes.subarray(at, at + FIXED_HEADER);
      const size = left < FIXED_HEADER ? FIXED_HEADER : messageSize(fixed, this.#maxMessage);
      this.#need = isUnasked(fixed) ? Math.min(size, this.#maxUnasked) : size;
      if (left < FIXED_HEADER || left < this.#need) break;
      this.#onMessage(bytes.subarray(at, at + this.#need), size);
      const end = Math.min(at + size, bytes.length);
      this.#skip = at + size - end;
      at = end;
    }
    this.#have = bytes.length - at;
    this.#chunks = this.#have > 0 ? [bytes.subarray(at)] : [];
  }
}

function isUnasked(fixed: Buffer): boolean {
  return fixed[TYPE] === METHOD_CALL || fixed[TYPE] === SIGNAL;
}
