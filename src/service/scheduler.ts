import { type Bus, BusError, type Call, standardError } from '../adapters/bus/bus.ts';
import type { Callers } from './callers.ts';
import { FairQueue } from './fair-queue.ts';
import { Flow } from './flow.ts';
import { Readers } from './readers.ts';

/** No method of ours takes as much. */
const MAX_ARGUMENTS = 64 * 1024;
/** Beside its arguments, what a call in the queue takes of memory. */
const CALL_BYTES = 512;
/**
 * A connection can have 128 calls waiting for a reply, and a user 256 connections (dbus-daemon's defaults): those all
 * have room, so that who floods us waits for its answers. Refused, it would only ask again at once.
 */
const BOUNDS = { perSender: 128, perUser: 20 * 1024 * 1024, total: 64 * 1024 * 1024 };
/** So long calls are answered before everything else has its turn, which then comes first for as long. */
const SLICE_MS = 4;

/**
 * The calls that came in and are yet to be answered: in turn by user and caller, a few at a time, so that whatever
 * somebody asks for, others are answered soon, and what the daemon is here for goes on.
 */
export class CallScheduler {
  readonly #bus: Bus;
  readonly #callers: Callers;
  readonly #serve: (call: Call) => void;
  readonly #mayAct: (call: Call) => boolean;
  readonly #queue = new FairQueue<Call>(BOUNDS);
  readonly #readers: Readers;
  readonly #flow: Flow;
  #isAwake = false;

  /** `serve` answers a call; `mayAct` says whether one that wants no answer is worth it. */
  constructor(bus: Bus, callers: Callers, serve: (call: Call) => void, mayAct: (call: Call) => boolean) {
    this.#bus = bus;
    this.#callers = callers;
    this.#serve = serve;
    this.#mayAct = mayAct;
    this.#flow = new Flow({
      ping: () => callers.ping(),
      hold: user => this.#queue.hold(user),
      release: user => {
        this.#queue.release(user);
        this.#wake();
      },
    });
    bus.onReply((caller, bytes) => {
      this.#readers.sent(caller, bytes);
      this.#flow.sent(callers.knownUser(caller), bytes);
    });
    this.#readers = new Readers(bus, {
      pause: caller => this.#queue.pause(callers.knownUser(caller), caller),
      resume: caller => {
        this.#queue.resume(caller);
        this.#wake();
      },
      drop: caller => this.#queue.drop(caller),
      userOf: caller => callers.knownUser(caller),
    });
  }

  /** Only takes in what it is given, and is cheap: anybody may send as many calls as the bus can carry. */
  receive(call: Call): void {
    if (!call.expectsReply && !this.#mayAct(call)) return;
    const { sender } = call;
    const user = this.#callers.knownUser(sender);
    if (user === undefined) this.#learnUser(sender);
    if (call.size > MAX_ARGUMENTS) this.#refuse(call, `more than ${MAX_ARGUMENTS} bytes of arguments`);
    else if (this.#queue.add(user, sender, call.kept(), CALL_BYTES + call.size)) this.#wake();
    else this.#refuse(call, 'too many calls are waiting');
  }

  #learnUser(sender: string): void {
    this.#callers.userOf(sender).then(
      user => this.#queue.identify(sender, user),
      // Where the bus is too busy to tell, it goes on as one of those who are not known.
      error => {
        const hasLeft = error instanceof BusError && error.code === standardError('NameHasNoOwner');
        if (hasLeft) this.#queue.drop(sender);
      },
    );
  }

  #refuse(call: Call, why: string): void {
    // What can't be sent now would only take memory until it can.
    if (this.#bus.isCongested) return;
    this.#bus.replyError(call, new BusError(standardError('LimitsExceeded'), `cannot answer: ${why}`));
  }

  #wake(): void {
    if (this.#isAwake || !this.#queue.hasNext) return;
    this.#isAwake = true;
    setImmediate(() => this.#serveSlice());
  }

  #serveSlice(): void {
    const end = performance.now() + SLICE_MS;
    this.#isAwake = false;
    while (!this.#bus.isCongested) {
      const call = this.#queue.next();
      if (call === undefined) return;
      if (this.#readers.isOverdrawn(call.sender)) this.#refuse(call, 'earlier answers are not read');
      else this.#serve(call);
      if (performance.now() >= end) {
        this.#rest();
        return;
      }
    }
    this.#waitForBus();
  }

  #rest(): void {
    this.#isAwake = true;
    setTimeout(() => this.#serveSlice(), SLICE_MS);
  }

  #waitForBus(): void {
    this.#isAwake = true;
    this.#bus.onceDrained(() => this.#serveSlice());
  }
}
