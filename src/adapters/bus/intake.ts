import type { Socket } from 'node:net';
import { Account, type Budget } from './budget.ts';
import { Framing } from './framing.ts';
import { Turns, type Work } from './turns.ts';

export interface IntakeOptions {
  /** The stream ends at a message of more bytes; by default, what the specification allows. */
  readonly maxMessage?: number;
  /** Of a call or a signal with more bytes only so many are kept; by default, all. */
  readonly maxUnasked?: number;
  /** The stream ends when it costs more; and what comes waits for its turn with all that have a budget. */
  readonly budget?: Budget;
}

/** After so much the rest of what came waits for the next turn of the event loop: others have sockets, too. */
const TURN_MESSAGES = 128;
const TURN_BYTES = 1024 * 1024;

/** Shared by all, so that many peers can't do together what one can't. */
const turns = new Turns();

export interface IntakeEvents {
  /** Must not throw. `size`: of the whole message, of which there is less where it was cut off. */
  message(bytes: Buffer, size: number): void;
  /** The socket is closed, and all that had come before was handed on unless an error ended it. */
  closed(error: Error | undefined): void;
}

/**
 * Reads messages from a socket. One that has no budget is read as it comes. One that has is not read further while
 * something of it waits for its turn: the other side has to keep it. What is wrong with the stream destroys the socket.
 */
export class Intake implements Work {
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #account: Account | undefined;
  readonly #events: IntakeEvents;
  #error: Error | undefined;
  #isClosed = false;
  /** What was taken in since others had their turn. */
  #messages = 0;
  #bytes = 0;

  constructor(socket: Socket, { maxMessage, maxUnasked, budget }: IntakeOptions, events: IntakeEvents) {
    this.#socket = socket;
    this.#framing = new Framing(maxMessage, maxUnasked);
    this.#account = budget && new Account(budget);
    this.#events = events;
    socket.on('data', chunk => this.#push(chunk));
    socket.on('error', error => this.#fail(error));
    socket.once('close', () => {
      this.#isClosed = true;
      // By way of its turn: what came at last may still wait for it.
      turns.add(this);
    });
    socket.resume();
  }

  #push(chunk: Buffer): void {
    this.#framing.push(chunk);
    if (this.#account === undefined) {
      while (this.#next()) this.#messages++;
      this.#bytes += chunk.length;
      if (this.#messages >= TURN_MESSAGES || this.#bytes >= TURN_BYTES) this.#yield();
      return;
    }
    this.#socket.pause();
    turns.add(this);
  }

  #yield(): void {
    this.#messages = 0;
    this.#bytes = 0;
    this.#socket.pause();
    setImmediate(() => this.#socket.resume());
  }

  step(): boolean {
    if (this.#next()) return true;
    if (this.#isClosed) this.#events.closed(this.#error);
    else this.#socket.resume();
    return false;
  }

  /** Handles one message; false when there is none. */
  #next(): boolean {
    if (this.#error !== undefined) return false;
    try {
      const bytes = this.#framing.next();
      if (bytes !== undefined) this.#handle(bytes);
      return bytes !== undefined;
    } catch (error) {
      this.#fail(error as Error);
      return false;
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#socket.destroy(error);
  }

  #handle(bytes: Buffer): void {
    if (this.#account === undefined) {
      this.#events.message(bytes, this.#framing.size);
      return;
    }
    // Before it is handled: what is too much isn't. And the time is that of the processor: the peer is not to blame when
    // this process had to wait for it.
    this.#account.charge({ bytes: this.#framing.size, messages: 1, ms: 0 });
    const before = process.threadCpuUsage();
    this.#events.message(bytes, this.#framing.size);
    const { user, system } = process.threadCpuUsage(before);
    this.#account.charge({ bytes: 0, messages: 0, ms: (user + system) / 1000 });
  }
}
