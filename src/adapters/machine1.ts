import type { Bus } from './bus/bus.ts';

const MACHINED = 'org.freedesktop.machine1';
const ROOT = '/org/freedesktop/machine1';
const MANAGER = `${MACHINED}.Manager`;

type ListedMachine = [string, string, string, string];

/** The machines that systemd-machined has registered, kept up to date by its signals. */
export class Machine1 {
  readonly #bus: Bus;
  readonly #paths = new Map<string, string>();
  readonly #expected = new Set<{ readonly name: string; seen: boolean }>();

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** `changed` is told the name of each machine that comes or goes. */
  static async attach(
    bus: Bus,
    changed: (name: string) => void,
    failed: (error: unknown) => void,
  ): Promise<Machine1> {
    const machined = new Machine1(bus);
    bus.onOwnerChange(MACHINED, owner => {
      // One that is registered meanwhile is not told of.
      for (const one of machined.#expected) one.seen = true;
      if (owner !== '') machined.#list(changed).catch(failed);
    });
    await bus.subscribe({ sender: MACHINED, path: ROOT, interface: MANAGER }, ({ member, body }) => {
      const [name, path] = body.map(String) as [string, string];
      if (member === 'MachineNew') machined.#appeared(name, path);
      else if (member === 'MachineRemoved') machined.#paths.delete(name);
      else return;
      changed(name);
    });
    // Never activated by us: it is when a machine registers. A call would hang for 25 s in the moments after a
    // restart of the bus in which systemd still takes the old one for running; its owner's return is told.
    if (bus.owner(MACHINED) !== '') await machined.#list(changed);
    return machined;
  }

  /** Object path of a machine, '/' when machined knows none of that name. */
  path(name: string): string {
    return this.#paths.get(name) ?? '/';
  }

  /**
   * Watches for a machine; the function returned ends that, and says whether one of that name was, or may have been,
   * registered. systemd-nspawn registers it after everything else, before the guest's init is executed.
   */
  expect(name: string): () => boolean {
    const one = { name, seen: false };
    this.#expected.add(one);
    return () => {
      this.#expected.delete(one);
      return one.seen;
    };
  }

  #appeared(name: string, path: string): void {
    this.#paths.set(name, path);
    for (const one of this.#expected) if (one.name === name) one.seen = true;
  }

  async #list(changed: (name: string) => void): Promise<void> {
    const [machines] = await this.#bus.call(MACHINED, ROOT, MANAGER, 'ListMachines', '', []);
    const before = new Map(this.#paths);
    this.#paths.clear();
    for (const [name, , , path] of machines as ListedMachine[]) this.#paths.set(name, path);
    for (const name of new Set([...before.keys(), ...this.#paths.keys()])) {
      if (before.get(name) !== this.#paths.get(name)) changed(name);
    }
  }
}
