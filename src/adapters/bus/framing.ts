import { MAX_MESSAGE, messageSize } from './message.ts';

const FIXED_HEADER = 16;

/**
 * Cuts the byte stream of the bus into messages. Whole messages inside a chunk are handed on without a copy.
 * Throws when the stream can't be a D-Bus connection, or for a message of more than `maxMessage` bytes; nothing
 * after that makes sense.
 */
export class Framing {
  readonly #onMessage: (bytes: Buffer) => void;
  readonly #maxMessage: number;
  #chunks: Buffer[] = [];
  #have = 0;
  #need = FIXED_HEADER;

  constructor(onMessage: (bytes: Buffer) => void, maxMessage = MAX_MESSAGE) {
    this.#onMessage = onMessage;
    this.#maxMessage = maxMessage;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
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
      this.#need = left < FIXED_HEADER ? FIXED_HEADER : messageSize(fixed, this.#maxMessage);
      if (left < this.#need) break;
      this.#onMessage(bytes.subarray(at, at + this.#need));
      at += this.#need;
    }
    this.#have = bytes.length - at;
    this.#chunks = this.#have > 0 ? [bytes.subarray(at)] : [];
  }
}
