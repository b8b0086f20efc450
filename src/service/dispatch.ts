import { type Bus, BusError, type Call, standardError } from '../adapters/bus/bus.ts';
import { MANAGER_PATH } from '../model/object-path.ts';
import { Authority } from './authorize.ts';
import { type Method, type ServedObject, signatureOf } from './declaration.ts';
import { toBusError } from './errors.ts';
import { MANAGED_OBJECTS_SIGNATURE, ManagedObjects } from './managed-objects.ts';
import type { Operations } from './operations.ts';
import * as standard from './standard-interfaces.ts';
import { childrenOf, objectAt } from './tree.ts';

// What dbus-daemon allows a connection to wait for; without it, calls that want no reply are not bounded at all.
const MAX_RUNNING_PER_SENDER = 128;

/** Answers every method call to our objects. `beforeReply` runs when a call that changes something is done. */
export class Dispatcher {
  readonly #bus: Bus;
  readonly #authority: Authority;
  readonly #operations: Operations;
  readonly #beforeReply: () => void;
  readonly #managed = new ManagedObjects();
  readonly #running = new Map<string, number>();

  constructor(bus: Bus, operations: Operations, beforeReply: () => void) {
    this.#bus = bus;
    this.#authority = new Authority(bus);
    this.#operations = operations;
    this.#beforeReply = beforeReply;
  }

  /** Throws the error to be answered, or answers, now or later. */
  dispatch(call: Call): void {
    const object = objectAt(this.#operations, call.path);
    if (call.interface === standard.PEER) standard.answerPeer(this.#bus, call);
    else if (call.interface === standard.INTROSPECTABLE) this.#answerIntrospectable(call, object);
    else if (!object) throw standard.unknownObject(call);
    else if (call.interface === standard.PROPERTIES) standard.answerProperties(this.#bus, call, object);
    else if (call.interface === standard.OBJECT_MANAGER) this.#answerObjectManager(call);
    else this.#callMethod(call, object);
  }

  /** The one interface that the nodes above our objects have too. */
  #answerIntrospectable(call: Call, object: ServedObject | undefined): void {
    const children = childrenOf(this.#operations, call.path);
    const exists = object !== undefined || (children.length > 0 && call.member === 'Introspect');
    if (!exists) throw standard.unknownObject(call);
    if (call.member !== 'Introspect') throw standard.unknownMethod(call);
    standard.answerIntrospect(this.#bus, call, object, children);
  }

  #answerObjectManager(call: Call): void {
    if (call.path !== MANAGER_PATH || call.member !== 'GetManagedObjects') throw standard.unknownMethod(call);
    standard.expectArguments(call, '', 'Expected no parameters');
    this.#bus.replyRaw(
      call,
      MANAGED_OBJECTS_SIGNATURE,
      this.#managed.body(this.#operations.views().values()),
    );
  }

  #callMethod(call: Call, object: ServedObject): void {
    const { name, methods } = object.declaration;
    if (call.interface !== name) throw standard.unknownInterface(call.interface);
    const method = Object.hasOwn(methods, call.member) ? methods[call.member] : undefined;
    if (!method) throw standard.unknownMethod(call);
    const signature = signatureOf(method.in);
    const text = `Invalid arguments '${call.signature}' to call ${name}.${call.member}(), expecting '${signature}'.`;
    standard.expectArguments(call, signature, text);
    this.#begin(call.sender);
    this.#run(call, method, object.state)
      .catch(error => this.#bus.replyError(call, toBusError(error)))
      .finally(() => this.#end(call.sender))
      .catch(error => this.#bus.log('error', `cannot answer ${call.member} of ${call.sender}: ${error}`));
  }

  async #run(call: Call, method: Method<unknown>, state: unknown): Promise<void> {
    const args = call.args();
    if (method.changes) await this.#authority.authorize(call, method.changes(args, state));
    const results = await method.call(this.#operations, args as never, state);
    if (method.changes) this.#beforeReply();
    this.#bus.reply(call, signatureOf(method.out), results ?? []);
  }

  #begin(sender: string): void {
    const running = this.#running.get(sender) ?? 0;
    if (running >= MAX_RUNNING_PER_SENDER)
      throw new BusError(standardError('LimitsExceeded'), `too many calls of ${sender} are under way`);
    this.#running.set(sender, running + 1);
  }

  #end(sender: string): void {
    const running = this.#running.get(sender) ?? 0;
    if (running > 1) this.#running.set(sender, running - 1);
    else this.#running.delete(sender);
  }
}
