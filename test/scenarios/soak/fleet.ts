import type { GuestSpec, Host } from '../../host/index.ts';
import { is, type Spec, type SystemId } from './model.ts';

/** A container of the soak, as it is declared at first. */
export interface Member {
  readonly name: string;
  readonly tiny: boolean;
  readonly systems: readonly SystemId[];
  readonly spec: Spec;
  /** What stays the same in each of its declarations. */
  readonly dependsOn: readonly string[];
  readonly activation: object;
}

const SPEC: Spec = { strategy: 'restart', rollback: true, allowDegraded: false, units: 'plain', limit: 0 };
const PROBE = { command: ['/bin/sh', '-c', 'cat /etc/health; grep -qx well /etc/health'], timeout: '20s' };
/** Long for a machine under load, for real guests; short for those that hang until it ends. */
const [SLOW, FAST] = [{ timeout: '45s' }, { timeout: '4s' }];

/** What depends on others stands before them: that order must not matter. */
export const FLEET: readonly Member[] = [
  {
    ...{ name: 'web', tiny: false, dependsOn: ['cache'], activation: { ...SLOW, probe: PROBE } },
    systems: ['good-1', 'good-2', 'good-3', 'unit-fails', 'probe-fails', 'switch-fails'],
    spec: { ...SPEC, strategy: 'dynamic' },
  },
  {
    ...{ name: 'db', tiny: false, dependsOn: [], activation: SLOW },
    systems: ['good-1', 'good-2', 'unit-fails', 'dies'],
    spec: { ...SPEC, allowDegraded: true },
  },
  {
    ...{ name: 'cache', tiny: true, dependsOn: [], activation: FAST },
    systems: ['good-1', 'good-2', 'good-3', 'dies', 'hangs'],
    spec: SPEC,
  },
  {
    ...{ name: 'worker', tiny: true, dependsOn: ['db'], activation: FAST },
    systems: ['good-1', 'good-2', 'dies'],
    spec: { ...SPEC, rollback: false },
  },
  {
    ...{ name: 'batch', tiny: true, dependsOn: [], activation: FAST },
    systems: ['good-1', 'good-2', 'dies'],
    spec: { ...SPEC, strategy: 'none' },
  },
];

export function memberOf(name: string): Member {
  const member = FLEET.find(each => each.name === name);
  if (member === undefined) throw new Error(`there is no ${name}`);
  return member;
}

/** The declaration of a container that is to be as `spec`. */
export function declarationOf({ name, dependsOn, activation }: Member, spec: Spec): string {
  const { strategy, rollback, allowDegraded, units, limit } = spec;
  return JSON.stringify({
    path: profileOf(name),
    dependsOn,
    activation: { settle: '0s', ...activation, strategy, rollback, allowDegraded },
    ...(units === 'bound' && { binds: { '/srv/data': { hostPath: '/srv/private/data' } } }),
    ...(limit > 0 && { limits: { TasksMax: limit } }),
  });
}

export function profileOf(name: string): string {
  return `/nix/var/nix/profiles/${name}`;
}

/** All systems of the fleet, made once, and kept outside the store too so that the garbage collector may take them. */
export class Systems {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #ids: ReadonlyMap<string, SystemId>;

  private constructor(paths: ReadonlyMap<string, string>) {
    this.#paths = paths;
    this.#ids = new Map([...paths].map(([key, path]) => [path, key.slice(key.indexOf(' ') + 1)]));
  }

  static async build(host: Host): Promise<Systems> {
    const paths = new Map<string, string>();
    for (const { name, tiny, systems } of FLEET) {
      for (const id of systems) paths.set(`${name} ${id}`, await host.guest(guestOf(name, tiny, id)));
    }
    await host.sh(KEEP, { input: `${[...paths.values()].join('\n')}\n` });
    return new Systems(paths);
  }

  path(name: string, id: SystemId): string {
    const path = this.#paths.get(`${name} ${id}`);
    if (path === undefined) throw new Error(`${name} has no system ${id}`);
    return path;
  }

  /** '' for no path; any other that is none of ours as it is. */
  id(path: string): SystemId {
    return this.#ids.get(path) ?? path;
  }

  /** A line of shell that has the system in the store. */
  restore(name: string, id: SystemId): string {
    const path = this.path(name, id);
    return `[ -e ${path} ] || nix-store --import <${kept(path)} >/dev/null`;
  }
}

function kept(path: string): string {
  return path.replace('/nix/store/', '/srv/systems/');
}

/** All of a system's closure but what is rooted for good. */
const KEEP = `mkdir -p /srv/systems
mkdir -p -m 0700 /srv/private
mkdir -p /srv/private/data
nix-store -qR /nix/var/nix/gcroots/guest-parts/* | sort -u >/tmp/parts
while read -r path; do
  nix-store --export $(nix-store -qR "$path" | sort | comm -23 - /tmp/parts) >"/srv/systems/$(basename "$path")"
done`;

function guestOf(name: string, tiny: boolean, id: SystemId): GuestSpec {
  const kind = is(id, 'dies')
    ? 'dies-at-once'
    : is(id, 'hangs')
      ? 'hangs-in-boot'
      : is(id, 'unit-fails')
        ? 'failing-unit'
        : tiny
          ? 'tiny'
          : 'healthy';
  const activation = 'set +u; test -z "$INVOCATION_ID" || { echo "cannot activate this"; exit 7; }';
  return {
    ...{ name, version: id, kind },
    ...(!tiny && {
      extra: {
        etc: { health: is(id, 'probe-fails') ? 'unwell\n' : 'well\n' },
        ...(is(id, 'switch-fails') && { activation }),
      },
    }),
  };
}
