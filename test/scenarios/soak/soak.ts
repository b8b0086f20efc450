import { messageOf } from '../../../src/model/errors.ts';
import type { Host } from '../../host/index.ts';
import { DEEDS, type Deed, declare, flipTo } from './deeds.ts';
import { Expectation } from './expectation.ts';
import { FLEET, type Member, profileOf, Systems } from './fleet.ts';
import { type Entry, Journal } from './journal.ts';
import { nothing, type SystemId, type World } from './model.ts';
import { Observer } from './observer.ts';
import { Random } from './random.ts';
import type { Answer } from './requests.ts';
import { UPHEAVALS } from './upheavals.ts';

const NSPAWN1 = ['org.nixos.nspawn1', '/org/nixos/nspawn1'] as const;
const MANAGER = 'org.nixos.nspawn1.Manager';
const SYSTEMD = 'org.freedesktop.systemd1';
const DAEMON = '/org/freedesktop/systemd1/unit/nspawnd_2eservice';
/** A boot that hangs takes 4 s each time that systemd tries, and it tries eight times. */
const SETTLED_MS = 90_000;
/** At the latest after so many steps everything is looked at. */
const LONGEST_UNSEEN = 4;

/** Random weather over the fleet of a host, and what is to become of it. */
export class Soak {
  readonly host: Host;
  readonly systems: Systems;
  readonly #seed: number;
  readonly #observer: Observer;
  readonly #journal: Journal;
  readonly #expected: ReadonlyMap<string, Expectation>;
  readonly #history: string[] = [];
  #there: ReadonlySet<string>;
  /** What is left of dead machines may be there once, but not twice. */
  #leftovers: ReadonlySet<string> = new Set();
  /** The PID of a daemon that was killed, and whose successor has not been seen yet. */
  #killed: number | undefined;
  #unseen = 0;

  private constructor(host: Host, systems: Systems, seed: number) {
    this.host = host;
    this.systems = systems;
    this.#seed = seed;
    this.#observer = new Observer(host, systems);
    this.#journal = new Journal(host);
    this.#there = new Set(this.#everyPath());
    const worlds = FLEET.map(({ name, tiny, spec }) => [name, nothing(tiny, spec)] as const);
    this.#expected = new Map(worlds.map(([name, world]) => [name, new Expectation(name, world)]));
  }

  /** With every container declared, and running a good system. */
  static async begin(host: Host, seed: number): Promise<Soak> {
    const soak = new Soak(host, await Systems.build(host), seed);
    await host.run(['systemctl', 'enable', '--now', 'nspawnd']);
    await soak.#journal.begin();
    for (const member of FLEET) {
      await flipTo(soak, member, ['good-1']);
      await declare(soak, member, member.spec);
    }
    await soak.lookAtAll();
    return soak;
  }

  /** Does one thing, and looks at what it led to, now or later. */
  async step(index: number): Promise<void> {
    const random = new Random(this.#seed, index);
    try {
      const upheaval = random.chance(0.12) ? random.weighted(UPHEAVALS, ({ weight }) => weight) : undefined;
      if (upheaval !== undefined) await upheaval.run(this, random);
      else await this.#deed(random);
      if (++this.#unseen >= LONGEST_UNSEEN || random.chance(0.25)) await this.lookAtAll();
    } catch (cause) {
      throw await this.#failure(index, cause);
    }
  }

  async #deed(random: Random): Promise<void> {
    const member = random.weighted(FLEET, ({ tiny }) => (tiny ? 3 : 2));
    const fits = (deed: Deed) =>
      this.worldsOf(member.name).every(world => deed.fits?.(world, member) ?? true);
    const deed = random.weighted(DEEDS.filter(fits), ({ weight }) => weight);
    if (deed.settled === true) {
      await this.#lookAt([member.name]);
      // What was to be expected before may have turned out otherwise.
      if (!fits(deed)) return;
    }
    await deed.run(this, member, random);
  }

  worldsOf(name: string): readonly World[] {
    return this.#of(name).worlds;
  }

  /** The systems of a container that are in the store. */
  systemsThere({ name, systems }: Member): SystemId[] {
    return systems.filter(id => this.#there.has(this.systems.path(name, id)));
  }

  there(member: Member): ReadonlySet<SystemId> {
    return new Set(this.systemsThere(member));
  }

  /** The garbage collector was there. */
  collected(): void {
    this.#there = new Set(this.#everyPath().filter(path => this.#observer.has(path)));
  }

  tell(what: string): void {
    this.#history.push(what);
  }

  /** Something happens to all containers. */
  allHappen(effect: (world: World) => World): void {
    for (const expected of this.#expected.values()) expected.happens(effect);
  }

  /** Moves a profile by a script, on the way over `through`, and sees where it ends. */
  async reprofile(
    { name, systems }: Member,
    what: string,
    script: string,
    through: readonly SystemId[] = [],
  ): Promise<void> {
    this.tell(`${name}: ${what}`);
    const said = await this.host.sh(`${script}\nreadlink -f ${profileOf(name)} || true`);
    const id = this.systems.id(said.trim().split('\n').at(-1) ?? '');
    const profile = systems.includes(id) ? id : '';
    for (const each of [...through, profile]) this.#of(name).happens(world => ({ ...world, profile: each }));
    for (const each of through) this.#there = new Set([...this.#there, this.systems.path(name, each)]);
  }

  /** Replaces the declaration, or removes it. */
  async write(
    { name }: Member,
    what: string,
    text: string | undefined,
    effect: (world: World) => World,
  ): Promise<void> {
    this.tell(`${name}: ${what}`);
    const file = `/etc/nspawnd/containers/${name}.json`;
    if (text === undefined) await this.host.run(['rm', file]);
    else await this.host.sh(`cat >${file}.new; mv ${file}.new ${file}`, { input: text });
    this.#of(name).happens(effect);
  }

  /** Asks nspawnd for something, and waits for the answer. */
  async ask(
    { name }: Member,
    method: string,
    args: readonly SystemId[],
    answer: (world: World) => Answer,
  ): Promise<void> {
    this.tell(`${name}: ${method} ${args.join(' ')}`);
    const paths = args.map(id => (id === '' ? '' : this.systems.path(name, id)));
    const { bus } = await this.host.bus();
    const body = [name, ...paths];
    let error = '';
    try {
      await bus.call(...NSPAWN1, MANAGER, method, 's'.repeat(body.length), body, { timeoutMs: SETTLED_MS });
    } catch (thrown) {
      error = messageOf(thrown);
    }
    this.#of(name).answers(answer, method, error);
  }

  /** Stops a machine behind nspawnd's back. */
  async stopOutside({ name }: Member, command: string, effect: (world: World) => World): Promise<void> {
    this.tell(`${name}: ${command}`);
    await this.host.sh(command);
    await this.host.waitForUnit(`systemd-nspawn@${name}.service`, 'inactive');
    this.#of(name).happens(effect);
  }

  /** Does what has systemd start a machine, and waits for what comes of that. */
  async comeBack({ name }: Member, command: string, effect: (world: World) => World): Promise<void> {
    this.tell(`${name}: ${command}`);
    const unit = {
      ...{ destination: SYSTEMD, interface: `${SYSTEMD}.Unit` },
      path: `/org/freedesktop/systemd1/unit/systemd_2dnspawn_40${name}_2eservice`,
    };
    const { bus } = await this.host.bus();
    const before = await bus.get(SYSTEMD, unit.path, unit.interface, 'InvocationID');
    const isOther = (value: unknown) => hex(value) !== hex(before) && hex(value) !== '';
    await this.host.sh(command);
    await this.host.waitForProperty({ ...unit, property: 'InvocationID', until: isOther });
    const ended = (value: unknown) => value === 'active' || value === 'failed' || value === 'inactive';
    await this.host.waitForProperty({ ...unit, property: 'ActiveState', until: ended });
    this.#of(name).happens(effect);
  }

  /** The daemon dies, and systemd is to start it anew; nobody waits for that yet. */
  async killDaemon(command: string): Promise<void> {
    await this.daemonIsBack();
    this.tell(command);
    this.#killed = await this.host.pidOf('nspawnd.service');
    await this.host.sh(command);
  }

  /** Waits until the successor of a daemon that was killed is on the bus. */
  async daemonIsBack(): Promise<void> {
    if (this.#killed === undefined) return;
    const pid = {
      ...{ destination: SYSTEMD, path: DAEMON, interface: `${SYSTEMD}.Service`, property: 'MainPID' },
      until: (value: unknown) => value !== 0 && value !== this.#killed,
    };
    await this.host.waitForProperty(pid);
    await this.host.waitForProperty({
      ...{ destination: NSPAWN1[0], path: NSPAWN1[1], interface: MANAGER, property: 'State' },
      until: () => true,
    });
    this.#killed = undefined;
  }

  /** A power cut, and the boot after it. */
  async reboot(): Promise<void> {
    await this.host.reboot({ hard: true });
    this.#killed = 0;
    await this.daemonIsBack();
  }

  /** Lets everything settle, and looks at all there is. */
  async lookAtAll(): Promise<void> {
    this.#unseen = 0;
    await this.#lookAt(FLEET.map(({ name }) => name));
    const plan = await this.#observer.plan();
    const strays = this.#observer.strays();
    if (plan.length > 0) throw new Error(`settled, but there is still to do: ${plan.join('; ')}`);
    if (strays.length > 0) throw new Error(`left behind: ${strays.join(' ')}`);
    this.#sweepings();
  }

  async #lookAt(names: readonly string[]): Promise<void> {
    await this.daemonIsBack();
    const { bus } = await this.host.bus();
    const body = [names.length === 1 ? names[0] : '', BigInt(SETTLED_MS) * 1000n];
    try {
      await bus.call(...NSPAWN1, MANAGER, 'WaitSettled', 'st', body, { timeoutMs: SETTLED_MS + 5000 });
    } catch (error) {
      if (!messageOf(error).startsWith('no container ')) throw error;
    }
    for (const name of names) this.#of(name).settles();
    const seen = await this.#observer.look(names);
    const entries = await this.#journal.read();
    this.#complain(entries);
    for (const [name, each] of seen) {
      this.#of(name).compare(each, this.#journal.takeStarts(name));
      this.#rooted(name);
      const isUp = this.worldsOf(name).every(({ machine }) => machine !== undefined);
      if (isUp) await this.#observer.machineIsKnown(name);
    }
  }

  /** What is rooted is in the store. */
  #rooted(name: string): void {
    for (const { roots } of this.worldsOf(name)) {
      for (const [kind, id] of Object.entries(roots)) {
        if (id !== '' && !this.#observer.has(this.systems.path(name, id)))
          throw new Error(`${name}: the system of its GC root "${kind}", ${id}, is not in the store`);
      }
    }
  }

  #complain(entries: readonly Entry[]): void {
    const odd = entries.filter(({ isOdd }) => isOdd);
    if (odd.length > 0) throw new Error(`nspawnd logged: ${odd.map(({ text }) => text).join('\n')}`);
  }

  /** Sweeping goes on in the background: only what is there for the second time is not swept. */
  #sweepings(): void {
    const there = this.#observer.leftovers();
    const twice = there.filter(entry => this.#leftovers.has(entry));
    for (const { name, worlds } of this.#expected.values()) {
      const inUse = worlds.some(({ machine }) => machine) ? 1 : 0;
      const trees = twice.filter(entry => new RegExp(`^\\.#[a-z]+\\.${name}[0-9a-f]{16}$`).test(entry));
      if (trees.length > inUse) throw new Error(`${name}: not swept: ${trees.join(' ')}`);
    }
    this.#leftovers = new Set(there);
  }

  #of(name: string): Expectation {
    const expected = this.#expected.get(name);
    if (expected === undefined) throw new Error(`there is no ${name}`);
    return expected;
  }

  #everyPath(): string[] {
    return FLEET.flatMap(({ name, systems }) => systems.map(id => this.systems.path(name, id)));
  }

  async #failure(index: number, cause: unknown): Promise<Error> {
    const told = this.#history.slice(-30).map(line => `    ${line}`);
    const journal = await this.#journal.recent().catch(messageOf);
    return new Error(
      [
        `${this.host.suite}, seed ${this.#seed}, step ${index}: ${messageOf(cause)}`,
        ...['  what was done, the last of it:', ...told, '  nspawnd and the machines said:', journal],
      ].join('\n'),
      { cause },
    );
  }
}

function hex(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString('hex');
}
