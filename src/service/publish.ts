import type { Bus, Variant } from '../adapters/bus/bus.ts';
import type { ContainerView, UpdateResult } from '../model/container.ts';
import { messageOf } from '../model/errors.ts';
import { containerPath, MANAGER_PATH } from '../model/object-path.ts';
import { CONTAINER_INTERFACE } from './container-interface.ts';
import { interfacesOf } from './managed-objects.ts';
import { MANAGER_INTERFACE } from './manager-interface.ts';
import type { Operations, Publisher } from './operations.ts';
import { allProperties, changedProperties } from './properties.ts';
import { OBJECT_MANAGER, PROPERTIES } from './standard-interfaces.ts';

interface Change {
  /** As clients know it; undefined when they don't know of it. */
  readonly before: ContainerView | undefined;
  readonly after: ContainerView | undefined;
}

/**
 * Turns changes into signals, at most one per object and turn of the event loop: a container that went through
 * three states in one turn is told once, one that came and went in it not at all. Within a turn: gone and new
 * objects, changed properties, then the updates that began or ended, so whoever hears of the end of an update
 * knows its outcome already.
 */
export class SignalPublisher implements Publisher {
  readonly #bus: Bus;
  readonly #operations: Operations;
  readonly #stale: () => void;
  readonly #changes = new Map<string, Change>();
  #updates: (() => void)[] = [];
  #manager: Record<string, Variant>;
  #flushing: NodeJS.Immediate | undefined;

  /** `stale` is told at once that something is no longer as it was. */
  constructor(bus: Bus, operations: Operations, stale: () => void = () => undefined) {
    this.#bus = bus;
    this.#stale = stale;
    this.#operations = operations;
    this.#manager = allProperties(MANAGER_INTERFACE, operations);
  }

  changed(before: ContainerView | undefined, after: ContainerView | undefined): void {
    this.#stale();
    const name = (after ?? before)?.name;
    if (name === undefined) return;
    const earlier = this.#changes.get(name);
    this.#changes.set(name, { before: earlier ? earlier.before : before, after });
    this.#schedule();
  }

  managerChanged(): void {
    this.#stale();
    this.#schedule();
  }

  updateStarted(name: string, from: string, to: string, strategy: string): void {
    this.#updates.push(() => this.#emitManager('UpdateStarted', 'ssss', [name, from, to, strategy]));
    this.#schedule();
  }

  updateFinished(name: string, from: string, to: string, result: UpdateResult): void {
    this.#updates.push(() => this.#emitManager('UpdateFinished', 'ssss', [name, from, to, result]));
    this.#schedule();
  }

  /** Sends what is due now, for what has to come after it. Nothing is sent twice. */
  flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const changes = [...this.#changes.values()];
    const updates = this.#updates;
    this.#changes.clear();
    this.#updates = [];
    const emissions = [...changes.map(change => () => this.#emitPresence(change))];
    emissions.push(...changes.map(change => () => this.#emitProperties(change)));
    for (const emit of [...emissions, () => this.#emitManagerProperties(), ...updates]) this.#attempt(emit);
  }

  #schedule(): void {
    this.#flushing ??= setImmediate(() => this.flush());
  }

  /** One signal that can't be sent keeps no other back. */
  #attempt(emit: () => void): void {
    try {
      emit();
    } catch (error) {
      this.#bus.log('error', `cannot send a signal: ${messageOf(error)}`);
    }
  }

  #emitPresence({ before, after }: Change): void {
    if (before && !after) {
      const path = containerPath(before.name);
      this.#bus.emit(MANAGER_PATH, OBJECT_MANAGER, 'InterfacesRemoved', 'oas', [
        path,
        [CONTAINER_INTERFACE.name],
      ]);
    } else if (after && !before) {
      const path = containerPath(after.name);
      this.#bus.emit(MANAGER_PATH, OBJECT_MANAGER, 'InterfacesAdded', 'oa{sa{sv}}', [
        path,
        interfacesOf(after),
      ]);
    }
  }

  #emitProperties({ before, after }: Change): void {
    if (!before || !after) return;
    const was = allProperties(CONTAINER_INTERFACE, before);
    const is = allProperties(CONTAINER_INTERFACE, after);
    const changed = changedProperties(CONTAINER_INTERFACE, was, is);
    this.#emitPropertiesChanged(containerPath(after.name), CONTAINER_INTERFACE.name, changed);
  }

  #emitManagerProperties(): void {
    const is = allProperties(MANAGER_INTERFACE, this.#operations);
    const changed = changedProperties(MANAGER_INTERFACE, this.#manager, is);
    this.#manager = is;
    this.#emitPropertiesChanged(MANAGER_PATH, MANAGER_INTERFACE.name, changed);
  }

  #emitPropertiesChanged(path: string, iface: string, changed: Record<string, Variant>): void {
    if (Object.keys(changed).length === 0) return;
    this.#bus.emit(path, PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [iface, changed, []]);
  }

  #emitManager(member: string, signature: string, body: unknown[]): void {
    this.#bus.emit(MANAGER_PATH, MANAGER_INTERFACE.name, member, signature, body);
  }
}
