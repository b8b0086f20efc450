import { MAX_MESSAGE, METHOD_CALL, messageSize, SIGNAL } from './message.ts';

const FIXED_HEADER = 16;
const TYPE = 1;
/** Each chunk takes a few hundred bytes besides its own. */
const SMALL_CHUNK = 4096;

/**
 * Cuts the byte stream of the bus into messages. Whole messages inside a chunk are handed on without a copy. After
 * `next` has thrown nothing makes sense any more.
 *
 * Of calls and signals, which nobody asked for, no more than the first `maxUnasked` bytes are kept; the rest is dropped
 * as it comes.
 */
export class Framing {
  readonly #maxMessage: number;
  readonly #maxUnasked: number;
  /** How much of what comes next still belongs to a message that was cut off. */
  #skip = 0;
  #size = 0;
  #chunks: Buffer[] = [];
  #have = 0;
  #need = FIXED_HEADER;

  constructor(maxMessage = MAX_MESSAGE, maxUnasked = maxMessage) {
    this.#maxMessage = maxMessage;
    this.#maxUnasked = maxUnasked;
  }

  /** Of the message that `next` gave last: of one that was cut off there is less. */
  get size(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    if (skipped === chunk.length) return;
    let joined = skipped === 0 ? chunk : chunk.subarray(skipped);
    this.#have += joined.length;
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
      const fixed = bytes.subarray(0, FIXED_HEADER);
      this.#size = messageSize(fixed, this.#maxMessage);
      const kept = isUnasked(fixed) ? Math.min(this.#size, this.#maxUnasked) : this.#size;
      if (this.#have >= kept) return this.#cut(bytes, kept);
      this.#need = kept;
    }
    return undefined;
  }

  #joined(): Buffer {
    const bytes =
      this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }

  /** Takes out a message, and of one that is kept in part what has come of the rest. */
  #cut(bytes: Buffer, kept: number): Buffer {
    const end = Math.min(this.#size, this.#have);
    this.#skip = this.#size - end;
    this.#have -= end;
    this.#chunks = this.#have > 0 ? [bytes.subarray(end)] : [];
    this.#need = FIXED_HEADER;
    return bytes.subarray(0, kept);
  }
}

function isUnasked(fixed: Buffer): boolean {
  return fixed[TYPE] === METHOD_CALL || fixed[TYPE] === SIGNAL;
}
