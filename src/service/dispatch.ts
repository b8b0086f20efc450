import { type Bus, BusError, type Call, encode } from '../adapters/bus/bus.ts';
import { NspawndError } from '../model/errors.ts';
import { MANAGER_PATH } from '../model/object-path.ts';
import { echoed } from '../model/text.ts';
import { Authority } from './authorize.ts';
import type { Callers } from './callers.ts';
import { CONTAINER_INTERFACE } from './container-interface.ts';
import { type Method, type Operation, type Query, type ServedObject, signatureOf } from './declaration.ts';
import { toBusError } from './errors.ts';
import { type Caller, LongCalls } from './long-calls.ts';
import { MANAGED_OBJECTS_SIGNATURE, managedObjects } from './managed-objects.ts';
import { MANAGER_INTERFACE } from './manager-interface.ts';
import type { Operations } from './operations.ts';
import { Replies } from './replies.ts';
import * as standard from './standard-interfaces.ts';
import { childrenOf, objectAt } from './tree.ts';

const INTERFACES = [MANAGER_INTERFACE, CONTAINER_INTERFACE];

/** Answers every method call to our objects. `beforeReply` runs when a call that changes something is done. */
export class Dispatcher {
  readonly #bus: Bus;
  readonly #authority: Authority;
  readonly #operations: Operations;
  readonly #beforeReply: () => void;
  readonly #longCalls: LongCalls;
  readonly #replies = new Replies();

  constructor(bus: Bus, callers: Callers, operations: Operations, beforeReply: () => void) {
    this.#bus = bus;
    this.#authority = new Authority(bus);
    this.#longCalls = new LongCalls(callers);
    this.#operations = operations;
    this.#beforeReply = beforeReply;
  }

  /** Something that replies tell of has changed. */
  changed(): void {
    this.#replies.forget(this.#operations);
  }

  /** Answers, now or later. */
  dispatch(call: Call): void {
    try {
      this.#dispatch(call);
    } catch (error) {
      this.#bus.replyError(call, toBusError(error));
    }
  }

  #dispatch(call: Call): void {
    // At every path, whether there is an object or not.
    if (call.interface === standard.PEER) {
      standard.answerPeer(this.#bus, call);
      return;
    }
    const object = objectAt(this.#operations, call.path);
    if (call.interface === standard.INTROSPECTABLE) this.#answerIntrospectable(call, object);
    else if (!object) throw standard.unknownObject(call);
    else if (call.interface === standard.PROPERTIES)
      standard.answerProperties(this.#bus, call, object, this.#replies);
    else if (call.interface === standard.OBJECT_MANAGER) this.#answerObjectManager(call);
    else this.#callMethod(call, object);
  }

  /** The one interface that the nodes above our objects have too. */
  #answerIntrospectable(call: Call, object: ServedObject | undefined): void {
    const isNode = object !== undefined || childrenOf(this.#operations, call.path).length > 0;
    if (!isNode || (!object && call.member !== 'Introspect')) throw standard.unknownObject(call);
    if (call.member !== 'Introspect') throw standard.unknownMethod(call);
    standard.expectArguments(call, '', 'Expected no parameters');
    // All containers say the same; what others say depends on what there is.
    const isContainer = object?.declaration.name === CONTAINER_INTERFACE.name;
    const [state, key] = isContainer ? [CONTAINER_INTERFACE, ''] : [this.#operations, call.path];
    const body = this.#replies.get(state, `Introspect ${key}`, () =>
      encode('s', [standard.introspect(call.path, object, childrenOf(this.#operations, call.path))]),
    );
    this.#bus.replyRaw(call, 's', body);
  }

  #answerObjectManager(call: Call): void {
    if (call.path !== MANAGER_PATH || call.member !== 'GetManagedObjects') throw standard.unknownMethod(call);
    standard.expectArguments(call, '', 'Expected no parameters');
    const body = this.#replies.get(this.#operations, call.member, () =>
      managedObjects.body(this.#operations.views().values()),
    );
    this.#bus.replyRaw(call, MANAGED_OBJECTS_SIGNATURE, body);
  }

  #callMethod(call: Call, object: ServedObject): void {
    const { name, methods } = object.declaration;
    if (call.interface !== name) throw standard.unknownInterface(call.interface);
    const method = Object.hasOwn(methods, call.member) ? methods[call.member] : undefined;
    if (!method) throw standard.unknownMethod(call);
    const signature = signatureOf(method.in);
    const text = `Invalid arguments '${echoed(call.signature)}' to call ${name}.${call.member}(), expecting '${signature}'.`;
    standard.expectArguments(call, signature, text);
    const args = call.args() as never;
    method.check?.(args);
    if ('answer' in method) this.#answer(call, method, args, object.state as object);
    else void this.#run(call, method, args, object.state);
  }

  #answer(call: Call, method: Query<unknown>, args: never, state: object): void {
    const make = () => bytesOf(method, method.answer(this.#operations, args, state));
    const body = method.in.length === 0 ? this.#replies.get(state, call.member, make) : make();
    this.#bus.replyRaw(call, signatureOf(method.out), body);
  }

  /** Never rejects. */
  async #run(call: Call, method: Operation<unknown>, args: never, state: unknown): Promise<void> {
    try {
      await this.#longCalls.run(call, caller => this.#operate(call, method, args, state, caller));
    } catch (error) {
      this.#bus.replyError(call, toBusError(error));
    }
  }

  async #operate(call: Call, method: Operation<unknown>, args: never, state: unknown, caller: Caller) {
    try {
      if (method.changes) await this.#authority.authorize(call, caller, method.changes(args, state));
      const results = await method.call(this.#operations, args, state, caller);
      if (method.changes) this.#beforeReply();
      if (!caller.signal.aborted)
        this.#bus.replyRaw(call, signatureOf(method.out), bytesOf(method, results ?? []));
    } catch (error) {
      // Nobody is there to be told any more, but a mistake of ours is logged all the same.
      const isKnown =
        error === caller.signal.reason || error instanceof BusError || error instanceof NspawndError;
      if (!caller.signal.aborted || !isKnown) throw error;
    }
  }
}

/** Whether anything may come of a call that wants no reply: of all others nobody would notice. */
export function mayChangeSomething({ interface: iface, member }: Call): boolean {
  return INTERFACES.some(({ name, methods }) => name === iface && isChange(methods as Methods, member));
}

type Methods = Readonly<Record<string, Method<never>>>;

function isChange(methods: Methods, member: string): boolean {
  const method = Object.hasOwn(methods, member) ? methods[member] : undefined;
  return method !== undefined && 'changes' in method;
}

function bytesOf({ out }: Method<unknown>, results: readonly unknown[] | Buffer): Buffer {
  return Buffer.isBuffer(results) ? results : encode(signatureOf(out), results);
}
