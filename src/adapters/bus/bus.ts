import { messageOf } from '../../model/errors.ts';
import { quoted, shortened } from '../../model/text.ts';
import { systemBusAddress } from './address.ts';
import { Call } from './call.ts';
import { Calls, type Outcome } from './calls.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { decodeBody } from './dbus-next.ts';
import { encode } from './encode.ts';
import { BusError, standardError } from './errors.ts';
import { textArgument, textAt } from './lookup.ts';
import { type Match, matchesArguments, matchesHeader, matchRule } from './match.ts';
import { ERROR, METHOD_CALL, METHOD_RETURN, type Message, SIGNAL } from './message.ts';
import { assertBusName, assertInterface, assertMember, assertObjectPath } from './names.ts';
import { BUS, Owners } from './owners.ts';

export { Call } from './call.ts';
export { encode, Variant } from './encode.ts';
export { BusError, standardError } from './errors.ts';
export type { Match } from './match.ts';

const BUS_PATH = '/org/freedesktop/DBus';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const DEFAULT_TIMEOUT_MS = 25_000;
/** Longer than any call or signal that is meant for us. */
const MAX_UNASKED = 128 * 1024;
const MAX_ERROR_TEXT = 4096;
const DROPPED_LOG_MS = 60_000;
const NOTHING = Buffer.alloc(0);

// RequestName, in the D-Bus specification.
const DO_NOT_QUEUE = 4;
const PRIMARY_OWNER = 1;
const ALREADY_OWNER = 4;

export interface Signal {
  /** The unique name of the sender, who owned the name of the subscription. */
  sender: string;
  path: string;
  interface: string;
  member: string;
  signature: string;
  /** Read when it is first asked for: mostly that there was a signal is all that matters. */
  readonly body: unknown[];
  /** The argument at `index` if it is a string or object path, without decoding the rest; for peers that may send anything. */
  text(index: number): string | undefined;
  /** The text at `key` of the dictionary that is the argument at `index`, as `text`. */
  textAt(index: number, key: string): string | undefined;
}

export interface BusOptions extends ConnectionOptions {
  /** As in DBUS_SYSTEM_BUS_ADDRESS, which is the default. */
  address?: string;
  log?: (level: 'warn' | 'error', message: string) => void;
  /** At the other end is no bus but a service itself: there are no names, and nobody to greet. */
  isPeer?: boolean;
}

interface Subscription {
  readonly match: Match;
  readonly handler: (signal: Signal) => void;
}

/**
 * A connection to a message bus that survives what its peers send and says when it is gone.
 *
 * Values that come in are plain: variants are replaced by what is in them at every depth, dictionaries are
 * objects with own keys, `t` and `x` are bigint. Values that go out follow `encode`: `v` is a `Variant`.
 * Signals and replies are handled in the order in which the bus sent them, but the code after `await call()`
 * runs later than signals that came in the same piece: subscribe first, and keep what may come early.
 */
export class Bus {
  /** Resolves when the connection is gone, unless by `close`; pending calls fail with `Disconnected` then. */
  readonly lost: Promise<Error>;
  /** Where what nobody waits for is reported. */
  readonly log: (level: 'warn' | 'error', message: string) => void;
  readonly #connection: Connection;
  readonly #calls = new Calls();
  readonly #owners = new Owners();
  readonly #subscriptions = new Map<string, Subscription[]>();
  #serve: ((call: Call) => void) | undefined;
  #replied: (caller: string, bytes: number) => void = () => undefined;
  #departed: (name: string) => void = () => undefined;
  #dropped = 0;
  #uniqueName = '';

  private constructor(connection: Connection, options: BusOptions) {
    this.#connection = connection;
    this.log = options.log ?? ((_level, message) => console.error(message));
    this.lost = new Promise(resolve => {
      connection.receive({
        message: (message, size) => this.#received(message, size),
        failed: error => this.#logDropped(error),
        lost: error => {
          this.#calls.abandon(disconnected(error));
          resolve(error);
        },
      });
    });
  }

  /** Connects and says hello. Rejects with `NoServer` when there is no bus, and when aborted with the reason. */
  static async connect(options: BusOptions = {}): Promise<Bus> {
    const { signal, address = systemBusAddress() } = options;
    const bus = new Bus(
      await Connection.open(address, { maxUnasked: options.maxMessage ?? MAX_UNASKED, ...options }),
      options,
    );
    const abort = () => bus.#abandon(new Error('aborted'));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      if (options.isPeer !== true) bus.#uniqueName = String((await bus.#callBus('Hello'))[0]);
      return bus;
    } catch (error) {
      bus.#abandon(new Error('never greeted'));
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get uniqueName(): string {
    return this.#uniqueName;
  }

  /**
   * Calls a method and returns its results. Rejects with a BusError: the error reply, `Timeout`,
   * `Disconnected`, or `InvalidArgs` for what can't be sent.
   */
  call(
    destination: string,
    path: string,
    iface: string,
    member: string,
    signature = '',
    body: readonly unknown[] = [],
    options: { timeoutMs?: number } = {},
  ): Promise<unknown[]> {
    const transmit = () => {
      assertBusName(destination);
      assertInterface(iface);
      assertMember(member);
      return this.#connection.send(
        { type: METHOD_CALL, destination, path, interface: iface, member, signature },
        body,
      );
    };
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => settleWith(outcome, resolve, reject);
      const what = `call ${member} of ${destination} at ${path}`;
      this.#calls.start(transmit, settle, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, what);
    });
  }

  async get(destination: string, path: string, iface: string, property: string): Promise<unknown> {
    const [value] = await this.call(destination, path, PROPERTIES, 'Get', 'ss', [iface, property]);
    return value;
  }

  async getAll(destination: string, path: string, iface: string): Promise<Record<string, unknown>> {
    const [values] = await this.call(destination, path, PROPERTIES, 'GetAll', 's', [iface]);
    return values as Record<string, unknown>;
  }

  /**
   * Hands every signal that fits to `handler`, from now on and for good. Only those of the connection that
   * owns `match.sender` get through. A handler must not wait; what it throws is logged.
   * Resolves when the bus has the rule: signals caused by later calls are seen.
   */
  async subscribe(match: Match, handler: (signal: Signal) => void): Promise<void> {
    const list = this.#subscriptions.get(match.sender);
    if (list) list.push({ match, handler });
    else this.#subscriptions.set(match.sender, [{ match, handler }]);
    // Sent in this order without waiting between: the owner is known before the first signal comes.
    await Promise.all([this.#track(match.sender), this.#callBus('AddMatch', 's', [matchRule(match)])]);
  }

  /**
   * Tells when another connection owns the name; '' when nobody does any more. Signals of the time between may
   * have been missed: read everything afresh. The owner at the beginning is no change.
   */
  onOwnerChange(name: string, handler: (owner: string) => void): void {
    this.#owners.onChange(name, handler);
    this.#track(name).catch(error =>
      this.log('error', `cannot follow the owner of ${name}: ${messageOf(error)}`),
    );
  }

  /** The unique name of the owner of a name of a subscription or `onOwnerChange`; '' when it has none. */
  owner(name: string): string {
    return this.#owners.owner(name);
  }

  /** Takes a well-known name, or rejects: it doesn't wait until the present owner leaves. */
  async requestName(name: string): Promise<void> {
    const [result] = await this.#callBus('RequestName', 'su', [name, DO_NOT_QUEUE]).catch(cause => {
      throw new BusError(codeOf(cause), `cannot take the name ${name} on the bus: ${messageOf(cause)}`, {
        cause,
      });
    });
    if (result === PRIMARY_OWNER || result === ALREADY_OWNER) return;
    const code = standardError('AddressInUse');
    throw new BusError(code, `cannot take the name ${name} on the bus: another process has it`);
  }

  /** Hands every method call that comes in to `handler`, which replies now or later. Without one none is answered. */
  serve(handler: (call: Call) => void): void {
    this.#serve = handler;
  }

  /** Tells of each reply: to whom, and how long it was. */
  onReply(replied: (caller: string, bytes: number) => void): void {
    this.#replied = replied;
  }

  /** Tells the unique name of each connection that leaves the bus, from when `followDepartures` resolves. */
  onDeparture(departed: (name: string) => void): void {
    this.#departed = departed;
  }

  /** Begins or ends to be told of departures, all of them: a rule for each name would meet the bus's limit of 512. */
  async followDepartures(follow: boolean): Promise<void> {
    const leaving = `${matchRule({ sender: BUS, interface: BUS, member: 'NameOwnerChanged' })},arg2=''`;
    await this.#callBus(follow ? 'AddMatch' : 'RemoveMatch', 's', [leaving]);
  }

  /** Whether the bus is slow to take what we send. */
  get isCongested(): boolean {
    return this.#connection.isCongested;
  }

  /** Calls `drained` when the bus has taken all there was. */
  onceDrained(drained: () => void): void {
    this.#connection.onceDrained(drained);
  }

  reply(call: Call, signature = '', body: readonly unknown[] = []): void {
    if (call.expectsReply) this.replyRaw(call, signature, signature ? encode(signature, body) : NOTHING);
  }

  /** As `reply`, with a body from `encode`. */
  replyRaw(call: Call, signature: string, bytes: Uint8Array): void {
    if (!call.expectsReply) return;
    this.#connection.reply({ replySerial: call.serial, destination: call.sender, signature }, bytes);
    this.#replied(call.sender, bytes.length);
  }

  /** Answers with a BusError as it is. Anything else is a mistake of ours: logged, and told as `Failed`. */
  replyError(call: Call, error: unknown): void {
    const known = error instanceof BusError;
    if (!known)
      this.log('error', `cannot answer ${quoted(call.member)} of ${call.sender}: ${messageOf(error)}`);
    if (!call.expectsReply) return;
    const errorName = known ? error.code : standardError('Failed');
    const text = shortened(known ? error.message : messageOf(error), MAX_ERROR_TEXT).replaceAll('\0', '');
    const bytes = encode('s', [text]);
    const header = { replySerial: call.serial, destination: call.sender, signature: 's' };
    this.#connection.reply({ ...header, errorName }, bytes);
    this.#replied(call.sender, bytes.length);
  }

  emit(
    path: string,
    iface: string,
    member: string,
    signature = '',
    body: readonly unknown[] = [],
    options: { destination?: string } = {},
  ): void {
    assertObjectPath(path);
    const header = {
      type: SIGNAL,
      path,
      interface: iface,
      member,
      signature,
      destination: options.destination,
    };
    this.#connection.send(header, body);
  }

  /** From now on the connection is no reason for the process to live on; a call under way is. */
  unref(): void {
    this.#connection.unref();
  }

  /** Sends what is still to be sent and leaves the bus; `lost` stays as it is. */
  async close(): Promise<void> {
    await this.#connection.close();
    this.#calls.abandon(disconnected(new Error('closed')));
  }

  #abandon(why: Error): void {
    this.#connection.destroy();
    this.#calls.abandon(disconnected(why));
  }

  #callBus(member: string, signature = '', body: readonly unknown[] = []): Promise<unknown[]> {
    return this.call(BUS, BUS_PATH, BUS, member, signature, body);
  }

  /** Anybody can make us drop messages, but not fill the log with it. */
  #logDropped(error: unknown): void {
    if (this.#dropped++ > 0) return;
    this.log('warn', `dropped a message from the bus: ${shortened(messageOf(error))}`);
    setTimeout(() => {
      if (this.#dropped > 1) this.log('warn', `dropped ${this.#dropped - 1} more messages from the bus`);
      this.#dropped = 0;
    }, DROPPED_LOG_MS).unref();
  }

  #received(message: Message, size: number): void {
    if (message.type === SIGNAL) this.#receivedSignal(message);
    else if (message.type === METHOD_CALL) this.#receivedCall(message, size);
    else if (message.type === METHOD_RETURN || message.type === ERROR) this.#calls.replied(message);
  }

  #receivedCall(message: Message, size: number): void {
    const call = new Call(message, message.body.length + Math.max(0, size - MAX_UNASKED));
    try {
      if (!this.#serve)
        throw new BusError(standardError('UnknownObject'), `Unknown object '${shortened(call.path)}'.`);
      this.#serve(call);
    } catch (error) {
      this.replyError(call, error);
    }
  }

  #receivedSignal(message: Message): void {
    if (message.sender === BUS && message.member === 'NameOwnerChanged') this.#ownerChanged(message);
    for (const [name, subscriptions] of this.#subscriptions) {
      if (this.#owners.owner(name) !== message.sender) continue;
      const wanting = subscriptions.filter(({ match }) => matchesHeader(match, message));
      if (wanting.length > 0) this.#deliver(message, wanting);
    }
  }

  #deliver(message: Message, subscriptions: Subscription[]): void {
    const signal = signalOf(message);
    const first = firstText(message);
    for (const { match, handler } of subscriptions) {
      if (!matchesArguments(match, first)) continue;
      try {
        handler(signal);
      } catch (error) {
        const what = `${signal.interface}.${signal.member}`;
        // The sender's mistake, not ours.
        if (error instanceof BusError) this.log('warn', `cannot read a signal ${what}: ${messageOf(error)}`);
        else this.log('error', `the handler of ${what} failed: ${messageOf(error)}`);
      }
    }
  }

  #ownerChanged(message: Message): void {
    const [name, , owner] = bodyOf(message) as [string, string, string];
    if (owner === '' && name.startsWith(':')) this.#departed(name);
    this.#owners.changed(name, owner, error =>
      this.log('error', `the handler of an owner change of ${name} failed: ${messageOf(error)}`),
    );
  }

  async #track(name: string): Promise<void> {
    if (!this.#owners.startTracking(name)) return;
    const changes = { sender: BUS, path: BUS_PATH, interface: BUS, member: 'NameOwnerChanged', arg0: name };
    await Promise.all([this.#callBus('AddMatch', 's', [matchRule(changes)]), this.#learnOwner(name)]);
  }

  /** Not by `call`: the answer must be taken in before the signals behind it, not after. */
  #learnOwner(name: string): Promise<void> {
    const header = {
      type: METHOD_CALL,
      destination: BUS,
      path: BUS_PATH,
      interface: BUS,
      member: 'GetNameOwner',
    };
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => {
        const learned = ([owner]: unknown[]) => {
          this.#owners.learned(name, String(owner));
          resolve();
        };
        const failed = (error: BusError) =>
          error.code === standardError('NameHasNoOwner') ? learned(['']) : reject(error);
        settleWith(outcome, learned, failed);
      };
      const transmit = () => this.#connection.send({ ...header, signature: 's' }, [name]);
      this.#calls.start(transmit, settle, DEFAULT_TIMEOUT_MS, `ask for the owner of ${name}`);
    });
  }
}

function settleWith(
  outcome: Outcome,
  resolve: (values: unknown[]) => void,
  reject: (error: BusError) => void,
): void {
  try {
    resolve(valuesOf(outcome));
  } catch (error) {
    reject(error as BusError);
  }
}

function valuesOf(outcome: Outcome): unknown[] {
  if (outcome instanceof BusError) throw outcome;
  if (outcome.type === ERROR) throw errorOf(outcome);
  return bodyOf(outcome);
}

function errorOf(message: Message): BusError {
  return new BusError(message.errorName, firstText(message) ?? message.errorName);
}

/** The first argument, if it is a string. */
function firstText(message: Message): string | undefined {
  return message.signature.startsWith('s') ? textArgument(message, 0) : undefined;
}

function bodyOf({ signature, body, littleEndian, limits }: Message): unknown[] {
  return decodeBody(signature, body, littleEndian, limits);
}

function signalOf(message: Message): Signal {
  const { sender, path, member, signature } = message;
  let body: unknown[] | undefined;
  return {
    ...{ sender, path, interface: message.interface, member, signature },
    get body() {
      body ??= bodyOf(message);
      return body;
    },
    text: index => textArgument(message, index),
    textAt: (index, key) => textAt(message, index, key),
  };
}

function disconnected(cause: Error): BusError {
  return new BusError(standardError('Disconnected'), `disconnected from the bus: ${messageOf(cause)}`, {
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof BusError ? error.code : standardError('Failed');
}
