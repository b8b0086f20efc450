import { METHOD_CALL, type Message, parseMessage, SIGNAL } from './message.ts';
import type { BodyLimits } from './validate.ts';

const FIXED_HEADER = 16;
/** Longer headers are nobody's who calls often. */
const MAX_HEADER = 1024;
const MAX_KNOWN = 512;
const LITTLE_ENDIAN = 0x6c;
const EMPTY = Buffer.alloc(0);

/**
 * Reads the headers of messages, those of calls and signals that came before at a tenth of the cost: whoever floods
 * us sends the same again and again, and all that differs is the serial and the body.
 */
export class HeaderCache {
  readonly #limits: BodyLimits | undefined;
  readonly #known = new Map<string, Message>();

  /** `limits` are for the bodies of all messages. */
  constructor(limits?: BodyLimits) {
    this.#limits = limits;
  }

  parse(bytes: Buffer): Message {
    const type = bytes[1];
    // The fields of a reply name the call that it answers: no two are alike.
    if ((type !== METHOD_CALL && type !== SIGNAL) || bytes[0] !== LITTLE_ENDIAN)
      return parseMessage(bytes, this.#limits);
    const end = FIXED_HEADER + bytes.readUInt32LE(12);
    if (end > MAX_HEADER) return parseMessage(bytes, this.#limits);
    const fields = bytes.toString('latin1', FIXED_HEADER, end);
    const known = this.#known.get(fields);
    if (known === undefined || known.type !== type)
      return this.#learn(fields, parseMessage(bytes, this.#limits));
    const body = bytes.subarray(Math.ceil(end / 8) * 8);
    return { ...known, flags: bytes[2] ?? 0, serial: bytes.readUInt32LE(8), body };
  }

  #learn(fields: string, message: Message): Message {
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    // Not with the body, which would keep the whole chunk that it came in.
    this.#known.set(fields, { ...message, body: EMPTY });
    return message;
  }
}
