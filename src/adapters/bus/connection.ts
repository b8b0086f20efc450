import { connect, type Socket } from 'node:net';
import { startTimer } from '../timer.ts';
import { socketPath } from './address.ts';
import { authenticate } from './authenticate.ts';
import { encode } from './encode.ts';
import { BusError, standardError } from './errors.ts';
import { HeaderCache } from './header-cache.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import { encodeHeader, type Message, type Outgoing } from './message.ts';
import { encodeReplyHeader, type Reply } from './reply-header.ts';
import type { BodyLimits } from './validate.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;
const LAST_SERIAL = 0xffff_ffff;
/** The bus ends a connection that sends more than 32 MiB at once (max_message_size of a system bus). */
const MAX_SENT = 32 * 1024 * 1024;
/** Enough to keep the bus busy; what is to be sent beyond this only costs memory. */
const CONGESTED_BYTES = 512 * 1024;

export interface Receiver {
  /** `size`: of the whole message, of which there is less where it was cut off. */
  message(message: Message, size: number): void;
  /** The connection is gone, not by our own `close`. Called once. */
  lost(error: Error): void;
  /** A message was dropped, or a receiver threw. */
  failed(error: unknown): void;
}

export interface ConnectionOptions extends IntakeOptions {
  /** Sent before anything else, for a server that hands the connection on. */
  readonly preamble?: string;
  /** For the bodies of messages. One that is beyond is not decoded, and the connection stays. */
  readonly limits?: BodyLimits;
  /** Ends the attempt to connect; afterwards it has no effect. */
  readonly signal?: AbortSignal;
}

/** Serials are 32 bit and never 0. No call lives nearly long enough to meet its own serial again. */
export function serialAfter(serial: number): number {
  return serial >= LAST_SERIAL ? 1 : serial + 1;
}

/** An authenticated socket to a bus that carries whole messages; it knows nothing of their meaning. */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  #serial = 0;
  #closing = false;

  private constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Connects and authenticates; nothing is received before `receive` is called. */
  static async open(address: string, options: ConnectionOptions = {}): Promise<Connection> {
    const { preamble = '', signal } = options;
    signal?.throwIfAborted();
    const socket = connect(socketPath(address));
    const abort = () => socket.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await within(CONNECT_TIMEOUT_MS, socket, ready(socket, preamble));
      signal?.removeEventListener('abort', abort);
      return new Connection(socket, options);
    } catch (cause) {
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      signal?.throwIfAborted();
      throw new BusError(standardError('NoServer'), `cannot connect to the bus at "${address}"`, { cause });
    }
  }

  receive(receiver: Receiver): void {
    const headers = new HeaderCache(this.#options.limits);
    const message = (bytes: Buffer, size: number) => {
      try {
        receiver.message(headers.parse(bytes), size);
      } catch (error) {
        receiver.failed(error);
      }
    };
    // The bus going away says nothing: the stream just ends.
    const closed = (cause: Error | undefined) => {
      if (!this.#closing) receiver.lost(new Error('the connection to the bus is gone', { cause }));
    };
    new Intake(this.#socket, this.#options, { message, closed });
  }

  /** Whether the other side is slow to take what we send: better send nothing more for now that can wait. */
  get isCongested(): boolean {
    return this.#socket.writableLength > CONGESTED_BYTES;
  }

  /** Calls `drained` once all is sent. */
  onceDrained(drained: () => void): void {
    this.#socket.once('drain', drained);
  }

  /** Sends a message and returns its serial. Throws `InvalidArgs` for what the bus would not accept. */
  send(message: Omit<Outgoing, 'serial'>, body: readonly unknown[]): number {
    return this.sendRaw(message, message.signature ? encode(message.signature, body) : Buffer.alloc(0));
  }

  /** As `send`, with a body that is encoded already. */
  sendRaw(message: Omit<Outgoing, 'serial'>, body: Uint8Array): number {
    const serial = serialAfter(this.#serial);
    this.#write(encodeHeader({ ...message, serial }, body.length), body);
    this.#serial = serial;
    return serial;
  }

  /** Sends a reply. Throws `LimitsExceeded` when it is too large. */
  reply(reply: Reply, body: Uint8Array): void {
    const serial = serialAfter(this.#serial);
    this.#write(encodeReplyHeader(reply, serial, body.length), body);
    this.#serial = serial;
  }

  /** As one system call, and without a copy of a body that many replies may share. */
  #write(header: Buffer, body: Uint8Array): void {
    if (header.length + body.length > MAX_SENT)
      throw new BusError(standardError('LimitsExceeded'), `cannot send a message of ${body.length} bytes`);
    if (!this.#socket.writable) return;
    this.#socket.cork();
    this.#socket.write(header);
    if (body.length > 0) this.#socket.write(body);
    this.#socket.uncork();
  }

  /** Sends what is still to be sent and closes. */
  close(): Promise<void> {
    this.#closing = true;
    return new Promise(resolve => {
      if (this.#socket.closed) return resolve();
      const deadline = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
      this.#socket.once('close', () => {
        clearTimeout(deadline);
        resolve();
      });
      this.#socket.end();
    });
  }

  /** It is no reason for the process to live on. */
  unref(): void {
    this.#socket.unref();
  }

  /** Closes at once, whatever is still to be sent. */
  destroy(): void {
    this.#closing = true;
    this.#socket.destroy();
  }
}

async function ready(socket: Socket, preamble: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  if (preamble !== '') socket.write(preamble);
  await authenticate(socket);
}

/** The result of `work`, unless the socket closes or the time is up before. */
function within(ms: number, socket: Socket, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = startTimer(ms, () => reject(new Error(`no answer within ${ms} ms`)));
    const closed = () => reject(new Error('the bus closed the connection'));
    socket.once('close', closed);
    work.then(resolve, reject).finally(() => {
      deadline[Symbol.dispose]();
      socket.off('close', closed);
    });
  });
}
