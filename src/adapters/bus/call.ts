import { decodeBody } from './dbus-next.ts';
import { ALLOW_INTERACTIVE_AUTHORIZATION, type Message, NO_REPLY_EXPECTED } from './message.ts';
import type { BodyLimits } from './validate.ts';

/** Arguments of our methods are a few strings and numbers. */
const LIMITS: BodyLimits = { maxValues: 1000 };

const NOTHING = Buffer.alloc(0);

/** A method call that came in. Its body is read only when asked for: it may be anybody's. */
export class Call {
  readonly #message: Message;
  /** The bytes of its arguments, also of those that were cut off. */
  readonly size: number;

  constructor(message: Message, size = message.body.length) {
    this.#message = message;
    this.size = size;
  }

  /** The same, for keeping: without the piece of the stream that it came in. */
  kept(): Call {
    const { body } = this.#message;
    const copy = body.length === 0 ? NOTHING : Buffer.from(body);
    return new Call({ ...this.#message, body: copy }, this.size);
  }

  /** The unique name of the caller, set by the bus. */
  get sender(): string {
    return this.#message.sender;
  }

  get path(): string {
    return this.#message.path;
  }

  /** '' when the caller left it out. */
  get interface(): string {
    return this.#message.interface;
  }

  get member(): string {
    return this.#message.member;
  }

  get signature(): string {
    return this.#message.signature;
  }

  get serial(): number {
    return this.#message.serial;
  }

  get expectsReply(): boolean {
    return (this.#message.flags & NO_REPLY_EXPECTED) === 0;
  }

  /** Whether the caller can wait while a person is asked for a password. */
  get allowsInteraction(): boolean {
    return (this.#message.flags & ALLOW_INTERACTIVE_AUTHORIZATION) !== 0;
  }

  /**
   * The arguments, variants unwrapped, read as the types that the caller said or the first of them. Compare
   * `signature` before: arbitrary types from an arbitrary sender are not safe to decode.
   */
  args(signature: string = this.signature): unknown[] {
    if (!this.signature.startsWith(signature))
      throw new Error(`"${this.signature}" doesn't begin with "${signature}"`);
    return decodeBody(signature, this.#message.body, this.#message.littleEndian, LIMITS);
  }
}
