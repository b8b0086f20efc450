import { startTimer } from '../timer.ts';
import { BusError, standardError } from './errors.ts';
import type { Message } from './message.ts';

// dbus-daemon refuses a connection's 129th pending reply (max_replies_per_connection).
const MAX_IN_FLIGHT = 96;

/** How a call ended. */
export type Outcome = Message | BusError;

interface PendingCall {
  readonly transmit: () => number;
  readonly settle: (outcome: Outcome) => void;
  readonly deadline: Disposable;
  serial?: number;
}

/**
 * The calls under way. Each settles exactly once: by its reply, its deadline or the loss of the bus; and it
 * settles synchronously, in the order in which the bus sent things. At most 96 are in flight, the rest waits.
 */
export class Calls {
  readonly #inFlight = new Map<number, PendingCall>();
  readonly #waiting = new Set<PendingCall>();
  #lost: BusError | undefined;

  /** `transmit` sends the call and returns its serial; `what` names it in the message of a time-out. */
  start(transmit: () => number, settle: (outcome: Outcome) => void, timeoutMs: number, what: string): void {
    if (this.#lost) {
      settle(this.#lost);
      return;
    }
    const deadline = startTimer(timeoutMs, () => this.#expire(call, what, timeoutMs));
    const call: PendingCall = { transmit, settle, deadline };
    if (this.#inFlight.size < MAX_IN_FLIGHT) this.#send(call);
    else this.#waiting.add(call);
  }

  /** A reply or an error came in. One that came too late is ignored. */
  replied(message: Message): void {
    const call = this.#inFlight.get(message.replySerial);
    if (call) this.#finish(call, message);
  }

  /** Fails everything under way and all calls that are yet to come. */
  abandon(error: BusError): void {
    this.#lost = error;
    for (const call of [...this.#inFlight.values(), ...this.#waiting]) this.#finish(call, error);
  }

  #send(call: PendingCall): void {
    try {
      call.serial = call.transmit();
      this.#inFlight.set(call.serial, call);
    } catch (thrown) {
      call.deadline[Symbol.dispose]();
      const error = thrown instanceof BusError ? thrown : undefined;
      call.settle(error ?? new BusError(standardError('Failed'), 'cannot send a call', { cause: thrown }));
    }
  }

  // A late reply is still pending on the side of the bus: the 32 places between our limit and its own are for those.
  #expire(call: PendingCall, what: string, timeoutMs: number): void {
    this.#finish(
      call,
      new BusError(standardError('Timeout'), `cannot ${what}: no reply within ${timeoutMs} ms`),
    );
  }

  #finish(call: PendingCall, outcome: Outcome): void {
    call.deadline[Symbol.dispose]();
    this.#waiting.delete(call);
    if (call.serial !== undefined) this.#inFlight.delete(call.serial);
    call.settle(outcome);
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    for (const call of this.#waiting) {
      if (this.#lost || this.#inFlight.size >= MAX_IN_FLIGHT) return;
      this.#waiting.delete(call);
      this.#send(call);
    }
  }
}
