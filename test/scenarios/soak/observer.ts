import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Host } from '../../host/index.ts';
import type { Systems } from './fleet.ts';
import type { Roots, SystemId } from './model.ts';

const NSPAWN1 = ['org.nixos.nspawn1', '/org/nixos/nspawn1'] as const;
const SYSTEMD = 'org.freedesktop.systemd1';

/** What is seen of one container. */
export interface Seen {
  /** As nspawnd publishes it; undefined when it publishes none. */
  readonly view: View | undefined;
  readonly unit: { readonly active: string; readonly invocation: string; readonly tasksMax: bigint };
  readonly roots: Roots;
  /** The system that the `.nspawn` file names, and whether it has the bind; undefined without the file. */
  readonly disk: { readonly system: SystemId; readonly bound: boolean } | undefined;
  /** Everything on the host that is named after it, but for profiles and declarations. */
  readonly traces: readonly string[];
}

export interface View {
  readonly state: string;
  readonly reason: string;
  readonly desired: SystemId;
  readonly booted: SystemId;
  readonly running: SystemId;
  readonly lastGood: SystemId;
  readonly quarantined: readonly SystemId[];
  readonly held: boolean;
  readonly guestState: string;
}

/** Looks at the host: through its bus, and at its files from outside, which costs no process in it. */
export class Observer {
  readonly #host: Host;
  readonly #systems: Systems;

  constructor(host: Host, systems: Systems) {
    this.#host = host;
    this.#systems = systems;
  }

  async look(names: readonly string[]): Promise<Map<string, Seen>> {
    const views = await this.#views();
    const seen = names.map(async name => {
      const unit = await this.#unit(name);
      return [name, { view: views.get(name), unit, ...this.#files(name) }] as const;
    });
    return new Map(await Promise.all(seen));
  }

  /** What nspawnd would do now. */
  async plan(): Promise<string[]> {
    const { bus } = await this.#host.bus();
    const [steps] = await bus.call(...NSPAWN1, 'org.nixos.nspawn1.Manager', 'Plan');
    return (steps as string[][]).map(step => step.join(' '));
  }

  /** Waits until nspawnd knows the machine in machined, which may have been started anew a moment ago. */
  async machineIsKnown(name: string): Promise<void> {
    await this.#host.waitForProperty({
      ...{ destination: NSPAWN1[0], path: `${NSPAWN1[1]}/container/${name}` },
      ...{ interface: 'org.nixos.nspawn1.Container', property: 'Machine', until: path => path !== '/' },
    });
  }

  /** Whether a path is there. */
  has(path: string): boolean {
    return existsSync(this.#path(path));
  }

  /** Ephemeral roots and their locks, by machine. */
  leftovers(): string[] {
    return this.#list('/var/lib/machines').filter(entry => entry.startsWith('.#'));
  }

  /** What no process should have left behind: temporary files. */
  strays(): string[] {
    const places = ['/run/systemd/nspawn', '/run/systemd/network', '/run/nspawnd', '/run/nspawnd/machines'];
    return [...places, '/var/lib/nspawnd'].flatMap(place =>
      this.#list(place).flatMap(entry => (/~$|\.new$|\.damaged$/.test(entry) ? [`${place}/${entry}`] : [])),
    );
  }

  async #views(): Promise<Map<string, View>> {
    const { bus } = await this.#host.bus();
    const [objects] = await bus.call(...NSPAWN1, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects');
    const published = Object.values(objects as Record<string, Record<string, Record<string, unknown>>>);
    return new Map(
      published.flatMap(interfaces => {
        const container = interfaces['org.nixos.nspawn1.Container'];
        return container === undefined ? [] : [[String(container.Name), this.#view(container)]];
      }),
    );
  }

  #view(container: Record<string, unknown>): View {
    const id = (key: string) => this.#systems.id(String(container[key]));
    return {
      ...{ state: String(container.State), reason: String(container.Reason), held: container.Held === true },
      ...{ desired: id('Desired'), booted: id('Booted'), running: id('Running'), lastGood: id('LastGood') },
      quarantined: (container.Quarantined as string[]).map(path => this.#systems.id(path)).sort(),
      guestState: String(container.GuestState),
    };
  }

  async #unit(name: string): Promise<Seen['unit']> {
    const { bus } = await this.#host.bus();
    const path = `/org/freedesktop/systemd1/unit/systemd_2dnspawn_40${name}_2eservice`;
    const [active, invocation, tasksMax] = await Promise.all([
      bus.get(SYSTEMD, path, `${SYSTEMD}.Unit`, 'ActiveState'),
      bus.get(SYSTEMD, path, `${SYSTEMD}.Unit`, 'InvocationID'),
      bus.get(SYSTEMD, path, `${SYSTEMD}.Service`, 'TasksMax'),
    ]);
    return {
      active: String(active),
      invocation: Buffer.from(invocation as Uint8Array).toString('hex'),
      tasksMax: BigInt(String(tasksMax)),
    };
  }

  #files(name: string): Pick<Seen, 'roots' | 'disk' | 'traces'> {
    const roots = `/nix/var/nix/gcroots/nspawnd/${name}`;
    const link = (kind: string) => this.#systems.id(this.#link(`${roots}/${kind}`));
    const files = [
      `/run/systemd/nspawn/${name}.nspawn`,
      `/run/systemd/network/70-nspawnd-ve-${name}.network`,
      `/run/systemd/system/systemd-nspawn@${name}.service.d`,
      `/run/systemd/system.control/systemd-nspawn@${name}.service.d`,
      `/run/nspawnd/machines/${name}.json`,
      `/var/lib/nspawnd/${name}.json`,
      `/var/lib/machines/${name}`,
      roots,
    ];
    const nspawn = this.#text(files[0] as string);
    const system = /^# System: (.*)$/m.exec(nspawn ?? '')?.[1];
    return {
      roots: {
        ...{ desired: link('desired'), running: link('running'), booted: link('booted') },
        ...{ 'last-good': link('last-good'), held: link('held'), next: link('next') },
      },
      disk:
        system === undefined
          ? undefined
          : { system: this.#systems.id(system), bound: /^Bind=\/srv\/private\/data:/m.test(nspawn ?? '') },
      traces: files.filter(file => this.has(file)),
    };
  }

  #text(path: string): string | undefined {
    return this.has(path) ? readFileSync(this.#path(path), 'utf8') : undefined;
  }

  #link(path: string): string {
    const stats = lstatSync(this.#path(path), { throwIfNoEntry: false });
    return stats?.isSymbolicLink() ? readlinkSync(this.#path(path)) : '';
  }

  #list(path: string): string[] {
    return this.has(path) ? readdirSync(this.#path(path)) : [];
  }

  #path(path: string): string {
    return `/proc/${this.#host.leader}/root${path}`;
  }
}
