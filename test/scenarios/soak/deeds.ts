import { declarationOf, type Member, profileOf } from './fleet.ts';
import { BURST, is, type Spec, type SystemId, startedOutside, type World } from './model.ts';
import type { Random } from './random.ts';
import { type RequestKind, request, rollback, stopped } from './requests.ts';
import type { Soak } from './soak.ts';

/** Something that is done to one container. Its text is what is printed of it. */
export interface Deed {
  readonly weight: number;
  /** Whether it can be done, and its outcome be predicted, in each of the worlds that may be. */
  fits?(world: World, member: Member): boolean;
  /** What comes of it depends on how far nspawnd is: first that has to be done with. */
  readonly settled?: true;
  /** Does it, tells of it, and returns what it makes of a world. */
  run(soak: Soak, member: Member, random: Random): Promise<void>;
}

const isDeclared = ({ declared }: World) => declared !== 'no';
const isUp = ({ machine }: World) => machine !== undefined;
const isDown = (world: World) => !isUp(world);
/** systemd may start it by itself once more, and soon: nothing of it hangs, or hits the start limit. */
const mayStart = ({ disk, burst }: World) =>
  disk !== undefined && !is(disk.system, 'hangs') && burst < BURST - 2;

const unitOf = ({ name }: Member) => `systemd-nspawn@${name}.service`;

/** Profiles: these need not wait for anything. */
const flip: Deed = {
  weight: 10,
  async run(soak, member, random) {
    await flipTo(soak, member, [systemFor(member, random)]);
  },
};

const burst: Deed = {
  weight: 3,
  run: (soak, member, random) =>
    flipTo(
      soak,
      member,
      Array.from({ length: 2 + random.below(4) }, () => systemFor(member, random)),
    ),
};

const back: Deed = {
  weight: 2,
  run: (soak, member) =>
    soak.reprofile(
      member,
      'nix-env --rollback',
      `nix-env -p ${profileOf(member.name)} --rollback 2>&1 || true`,
    ),
};

const absent: Deed = {
  weight: 1,
  run: (soak, member) => soak.reprofile(member, 'rm of the profile', `rm -f ${profileOf(member.name)}`),
};

const noSystem: Deed = {
  weight: 1,
  run(soak, member, random) {
    const target = random.pick(['/etc', '/nix/store/00000000000000000000000000000000-none', '/srv/systems']);
    return soak.reprofile(member, `a profile to ${target}`, `ln -sfn ${target} ${profileOf(member.name)}`);
  },
};

/** Declarations: neither need these. */
const change: Deed = {
  weight: 4,
  async run(soak, member, random) {
    const { spec } = soak.worldsOf(member.name)[0] as World;
    await declare(soak, member, { ...spec, ...changeOf(member, random) });
  },
};

const breakIt: Deed = {
  weight: 1,
  fits: ({ declared }) => declared === 'yes',
  run(soak, member, random) {
    const text = random.pick(['{', '{ "path": 3 }', '{ "path": "/nix/x", "colour": "red" }', '']);
    return soak.write(member, `breaks its declaration: ${JSON.stringify(text)}`, text, world => ({
      ...world,
      declared: 'broken',
    }));
  },
};

const mend: Deed = {
  weight: 6,
  fits: ({ declared }) => declared !== 'yes',
  run: (soak, member) => declare(soak, member, (soak.worldsOf(member.name)[0] as World).spec),
};

const remove: Deed = {
  weight: 1,
  fits: isDeclared,
  run: (soak, member) =>
    soak.write(member, 'removes its declaration', undefined, world => ({ ...world, declared: 'no' })),
};

/** What is asked of nspawnd. */
const asks = (kind: RequestKind, weight: number): Deed => ({
  weight,
  settled: true,
  fits: isDeclared,
  run: (soak, member) => soak.ask(member, kind, [], world => request(kind, world)),
});

const rollBack: Deed = {
  weight: 2,
  settled: true,
  fits: isDeclared,
  run(soak, member, random) {
    const system = random.chance(0.6) ? '' : random.pick(soak.systemsThere(member));
    return soak.ask(member, 'Rollback', [system], world => rollback(world, system, soak.there(member)));
  },
};

/** What is done to machines behind its back. */
const outside = (weight: number, command: (member: Member) => string): Deed => ({
  weight,
  settled: true,
  fits: isUp,
  run: (soak, member) => soak.stopOutside(member, command(member), world => stopped(world, 'outside')),
});

const startOutside: Deed = {
  weight: 4,
  settled: true,
  fits: world => isDown(world) && isDeclared(world) && mayStart(world),
  run: (soak, member, random) => {
    const start = random.pick([`machinectl start ${member.name}`, `systemctl start ${unitOf(member)}`]);
    return soak.comeBack(member, `${start} || true`, startedOutside);
  },
};

const crash = (weight: number, command: (member: Member) => string, fits = (_: World) => true): Deed => ({
  weight,
  settled: true,
  fits: world => isUp(world) && isDeclared(world) && mayStart(world) && fits(world),
  run: (soak, member) => soak.comeBack(member, command(member), startedOutside),
});

export const DEEDS: readonly Deed[] = [
  ...[flip, burst, back, absent, noSystem, change, breakIt, mend, remove, rollBack, startOutside],
  asks('Start', 3),
  asks('Stop', 1),
  asks('Restart', 2),
  asks('Retry', 2),
  asks('Hold', 1),
  asks('Unhold', 3),
  outside(1, ({ name, tiny }) => `machinectl ${tiny ? 'terminate' : 'poweroff'} ${name}`),
  outside(1, ({ name }) => `machinectl terminate ${name}`),
  outside(1, member => `systemctl stop ${unitOf(member)}`),
  crash(2, member => `systemctl kill --kill-whom=main -s KILL ${unitOf(member)}`),
  crash(2, ({ name }) => `kill -9 $(machinectl show -P Leader ${name})`),
  crash(2, ({ name }) => `machinectl reboot ${name}`),
];

/** Mostly what works, as in life. */
function systemFor({ systems }: Member, random: Random): SystemId {
  const good = systems.filter(each => is(each, 'good'));
  return random.chance(0.6) ? random.pick(good) : random.pick(systems);
}

/** Sets the profile to one system after the other. */
export function flipTo(soak: Soak, member: Member, systems: readonly SystemId[]): Promise<void> {
  const script = systems.map(id => soak.systems.restore(member.name, id));
  const links = systems.map(id => {
    const path = soak.systems.path(member.name, id);
    return `nix-env -p ${profileOf(member.name)} --set ${path}`;
  });
  return soak.reprofile(member, `flip to ${systems.join(', ')}`, [...script, ...links].join('\n'), systems);
}

export function declare(soak: Soak, member: Member, spec: Spec): Promise<void> {
  const text = declarationOf(member, spec);
  const { strategy, rollback, allowDegraded, units, limit } = spec;
  const what = `declares ${strategy} ${units} ${limit}${rollback ? '' : ' no-rollback'}${allowDegraded ? ' degraded' : ''}`;
  return soak.write(member, what, text, world => ({ ...world, declared: 'yes', spec }));
}

function changeOf({ tiny, spec }: Member, random: Random): Partial<Spec> {
  switch (random.below(5)) {
    case 0:
    case 1:
      return { limit: random.pick([0, 300, 400]) };
    case 2:
      return { units: random.pick(['plain', 'bound']) };
    case 3: {
      const strategies = tiny
        ? ['restart', 'restart', 'none', 'dynamic']
        : ['restart', 'dynamic', 'reload', 'none'];
      return { strategy: random.chance(0.4) ? spec.strategy : random.pick(strategies as Spec['strategy'][]) };
    }
    default:
      return random.chance(0.5) ? { rollback: random.chance(0.7) } : { allowDegraded: random.chance(0.5) };
  }
}
