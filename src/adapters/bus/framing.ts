import { MAX_MESSAGE, messageSize } from './message.ts';

const FIXED_HEADER = 16;
/** Each chunk takes a few hundred bytes besides its own. */
const SMALL_CHUNK = 4096;

/**
 * Cuts the byte stream of the bus into messages. Whole messages inside a chunk are handed on without a copy. After
 * `next` has thrown nothing makes sense any more.
 */
export class Framing {
  readonly #maxMessage: number;
  #chunks: Buffer[] = [];
  #have = 0;
  #need = FIXED_HEADER;

  constructor(maxMessage = MAX_MESSAGE) {
    this.#maxMessage = maxMessage;
  }

  push(chunk: Buffer): void {
    this.#have += chunk.length;
    let joined = chunk;
    // A message that comes byte by byte must not take hundreds of times its size; and joined by twos, each of its bytes
    // is copied a dozen times at most.
    while (joined.length < SMALL_CHUNK) {
      const last = this.#chunks.at(-1);
      if (last === undefined || last.length > joined.length) break;
      this.#chunks.pop();
      joined = Buffer.concat([last, joined]);
    }
    this.#chunks.push(joined);
  }

  /**
   * The next message, if all of it is there. Throws when the stream can't be a D-Bus connection, or for a message of
   * more than `maxMessage` bytes.
   */
  next(): Buffer | undefined {
    // Joined only when something can come out of it, so a large message isn't copied once per chunk.
    while (this.#have >= this.#need) {
      const bytes = this.#joined();
      const size = messageSize(bytes.subarray(0, FIXED_HEADER), this.#maxMessage);
      if (this.#have >= size) return this.#cut(bytes, size);
      this.#need = size;
    }
    return undefined;
  }

  #joined(): Buffer {
    const bytes =
      this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }

  #cut(bytes: Buffer, size: number): Buffer {
    this.#have -= size;
    this.#chunks = this.#have > 0 ? [bytes.subarray(size)] : [];
    this.#need = FIXED_HEADER;
    return bytes.subarray(0, size);
  }
}
