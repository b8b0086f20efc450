/**
 * What becomes of a container after all that was done to it: a second opinion on what nspawnd does, on purpose without
 * any of its code, and without anything that awaits. A world is one possible state of things; `advance` is the next
 * thing that nspawnd does about it. Where it stops at nothing more to do, the container is settled.
 */

/** Its beginning tells how it behaves: `good-1`, `unit-fails`… */
export type SystemId = string;
export type Units = 'plain' | 'bound';

export interface Start {
  readonly system: SystemId;
  readonly units: Units;
}

/** With the limits, which no restart is needed for. */
export interface Snapshot extends Start {
  readonly limit: number;
}

export interface Spec {
  readonly strategy: 'restart' | 'reload' | 'dynamic' | 'none';
  readonly rollback: boolean;
  readonly allowDegraded: boolean;
  readonly units: Units;
  /** TasksMax; 0: the template's. */
  readonly limit: number;
}

export interface Machine {
  readonly booted: Start;
  readonly runs: SystemId;
  readonly switched: boolean;
  /** A unit of the guest has failed; live switches don't mend that. */
  readonly degraded: boolean;
  /** What the probe finds. */
  readonly unwell: boolean;
  /** What it said when it was asked. */
  readonly verdict: 'good' | 'bad' | undefined;
}

export type Down =
  /** `never`: not in this boot of the host. */
  | { readonly kind: 'never' | 'outside' | 'request' }
  /** Our start of it failed, or it died too often. */
  | { readonly kind: 'failed' | 'crashed'; readonly start: Start };

export interface Roots {
  readonly desired: SystemId;
  readonly running: SystemId;
  readonly booted: SystemId;
  readonly 'last-good': SystemId;
  readonly held: SystemId;
  /** What is on disk, where none of the others is that. */
  readonly next: SystemId;
}

export interface World {
  /** Its guests are no systemd's: there is nobody to ask, and no live switch. */
  readonly tiny: boolean;
  readonly declared: 'yes' | 'broken' | 'no';
  readonly spec: Spec;
  /** '' while the profile leads to no system. */
  readonly profile: SystemId;
  /** What any start begins with. */
  readonly disk: Snapshot | undefined;
  readonly machine: Machine | undefined;
  readonly down: Down;
  readonly lastGood: Snapshot | undefined;
  readonly previousGood: Snapshot | undefined;
  readonly quarantined: readonly Start[];
  readonly hold: Snapshot | undefined;
  readonly roots: Roots;
  /** How often it was started, and how often more it may have been where systemd tries a dying one again. */
  readonly starts: number;
  readonly spare: number;
  /** Starts that systemd counts against its limit, at most. */
  readonly burst: number;
}

/** systemd's StartLimitBurst. */
export const BURST = 8;
const NO_ROOTS: Roots = { desired: '', running: '', booted: '', 'last-good': '', held: '', next: '' };

/** A container that nothing is known of. */
export function nothing(tiny: boolean, spec: Spec): World {
  return {
    ...{
      tiny,
      declared: 'no',
      spec,
      profile: '',
      disk: undefined,
      machine: undefined,
      down: { kind: 'never' },
    },
    ...{ lastGood: undefined, previousGood: undefined, quarantined: [], hold: undefined, roots: NO_ROOTS },
    ...{ starts: 0, spare: 0, burst: 0 },
  };
}

/** The next thing that nspawnd does; undefined when nothing is left to do. */
export function advance(world: World): World | undefined {
  const next = rooted(step(world));
  return JSON.stringify(next) === JSON.stringify(world) ? undefined : next;
}

/** Where it ends when nothing else happens. */
export function settled(world: World): World {
  let at = world;
  for (let count = 0; count < 50; count++) {
    const next = advance(at);
    if (next === undefined) return at;
    at = next;
  }
  throw new Error(`the model does not settle: ${JSON.stringify(world)}`);
}

function step(world: World): World {
  if (world.declared === 'no') return vanish(world);
  if (world.declared === 'broken') return world;
  const desired = desiredOf(world);
  if (
    desired !== undefined &&
    world.hold === undefined &&
    !isBad(world, desired) &&
    world.quarantined.length > 0
  )
    return { ...world, quarantined: [] };
  const aim = aimOf(world);
  if (aim.kind === 'waiting') return undone(world);
  if (aim.kind === 'none') return redeemed(asked(world));
  const written = { ...world, disk: aim.snapshot };
  return written.machine === undefined ? whenDown(written, aim) : whenUp(written, written.machine, aim);
}

/** What an update took down comes back, for which no profile is needed. */
function undone(world: World): World {
  const { machine, down, lastGood, spec } = world;
  if (machine !== undefined || !('start' in down) || lastGood === undefined) return world;
  const returns = spec.rollback && spec.strategy !== 'none' && !same(down.start, lastGood);
  return returns ? start(world, lastGood) : world;
}

/** Stopped first, then forgotten; only the count of its starts is the test's, not nspawnd's. */
function vanish(world: World): World {
  if (world.machine !== undefined) return { ...world, machine: undefined, down: { kind: 'never' } };
  const { tiny, spec, profile, starts, spare } = world;
  return { ...nothing(tiny, spec), profile, starts, spare };
}

interface Target {
  readonly kind: 'desired' | 'last-good' | 'held';
  readonly snapshot: Snapshot;
}

export type Aim = Target | { readonly kind: 'none' } | { readonly kind: 'waiting' };

export function desiredOf({ profile, spec }: World): Snapshot | undefined {
  return profile === '' ? undefined : { system: profile, units: spec.units, limit: spec.limit };
}

/** What is to run: what it is held on, else what is desired, else what was last good. */
export function aimOf(world: World): Aim {
  const { hold, lastGood, spec } = world;
  if (hold !== undefined) return { kind: 'held', snapshot: hold };
  const desired = desiredOf(world);
  if (desired === undefined) return { kind: 'waiting' };
  if (!isBad(world, desired)) return { kind: 'desired', snapshot: desired };
  const returns = spec.rollback && lastGood !== undefined && !same(lastGood, desired);
  return returns && !isBad(world, lastGood) ? { kind: 'last-good', snapshot: lastGood } : { kind: 'none' };
}

function whenDown(world: World, aim: Target): World {
  const { down, spec } = world;
  switch (down.kind) {
    case 'never':
      return start(world, aim.snapshot);
    case 'outside':
    case 'request':
      return world;
    case 'crashed':
      if (same(down.start, aim.snapshot)) {
        const onTrial = aim.kind === 'desired' && !same(world.lastGood, aim.snapshot);
        return onTrial ? condemned(world, aim.snapshot) : world;
      }
      break;
    case 'failed':
      if (same(down.start, aim.snapshot)) return world;
  }
  return aim.kind === 'last-good' || spec.strategy !== 'none' ? start(world, aim.snapshot) : world;
}

function whenUp(world: World, machine: Machine, aim: Target): World {
  const gap = gapOf(world, machine, aim);
  if (gap === 'restart') return start(world, aim.snapshot);
  if (gap === 'switch') return switchTo(world, machine, aim.snapshot);
  if (machine.verdict === undefined) return asked(world);
  const runs = runsOf(machine);
  const reached = same(runs, aim.snapshot) || (machine.switched && machine.runs === aim.snapshot.system);
  const onTrial =
    aim.kind === 'desired' && reached && !same(runs, world.lastGood) && world.spec.strategy !== 'none';
  if (machine.verdict === 'bad') return onTrial ? condemned(world, aim.snapshot) : world;
  const good = aim.kind === 'desired' && reached ? asItRuns(world, runs, aim.snapshot) : undefined;
  return good === undefined ? world : proven(world, good);
}

/** After a live switch with the units of the boot, if those are known. */
function asItRuns({ lastGood }: World, runs: Start, wanted: Snapshot): Snapshot | undefined {
  if (same(runs, wanted)) return wanted;
  return lastGood?.units === runs.units ? { ...lastGood, system: wanted.system } : undefined;
}

/** What was started from outside, and is well, is in quarantine no more. */
function redeemed(world: World): World {
  const { machine } = world;
  const hasComeUp =
    machine?.verdict === 'good' && !machine.switched && same(machine.booted, desiredOf(world));
  return hasComeUp ? { ...world, quarantined: [] } : world;
}

function gapOf({ spec }: World, machine: Machine, aim: Target) {
  const { kind, snapshot } = aim;
  if (same(runsOf(machine), snapshot)) return 'none';
  if (kind === 'held') return machine.runs === snapshot.system ? 'none' : 'restart';
  if (kind === 'last-good') return 'restart';
  switch (spec.strategy) {
    case 'none':
      return 'none';
    case 'restart':
      return 'restart';
    case 'dynamic':
      return machine.booted.units === snapshot.units ? 'switch' : 'restart';
    case 'reload':
      return machine.runs === snapshot.system ? 'none' : 'switch';
  }
}

/** A start that nspawnd asks for. */
export function start(world: World, snapshot: Snapshot): World {
  const { system, units } = snapshot;
  const begun = { ...world, disk: snapshot, machine: undefined, starts: world.starts + 1, burst: 1 };
  if (!dies(system)) return { ...begun, machine: booted(snapshot), down: { kind: 'never' } };
  const failed = { ...begun, spare: world.spare + BURST, burst: 0 };
  return condemned({ ...failed, down: { kind: 'failed', start: { system, units } } }, snapshot);
}

/** A start that somebody else asks for, or systemd after a crash: with what is on disk. */
export function startedOutside(world: World): World {
  const { disk, starts, spare, burst } = world;
  if (disk === undefined) throw new Error('nothing is on disk to be started');
  const { system, units } = disk;
  // systemd 257 may need two: a guest that reboots after a restart of the bus is still registered.
  if (!dies(system))
    return { ...world, machine: booted(disk), starts: starts + 1, spare: spare + 1, burst: burst + 2 };
  const down = { kind: 'crashed', start: { system, units } } as const;
  return { ...world, machine: undefined, down, spare: spare + BURST, burst: BURST };
}

function booted({ system, units }: Start): Machine {
  return {
    ...{ booted: { system, units }, runs: system, switched: false, verdict: undefined },
    ...{ degraded: is(system, 'unit-fails'), unwell: is(system, 'probe-fails') },
  };
}

function switchTo(world: World, machine: Machine, to: Snapshot): World {
  if (world.tiny) return condemned(world, to);
  const degraded = machine.degraded || is(to.system, 'unit-fails');
  const cannot = is(to.system, 'switch-fails') || dies(to.system);
  const unwell = cannot ? machine.unwell : is(to.system, 'probe-fails');
  const switched = { ...machine, runs: to.system, switched: true, verdict: undefined, degraded, unwell };
  const after = { ...world, machine: switched };
  return cannot ? condemned(after, to) : after;
}

function asked(world: World): World {
  const { machine, spec, tiny } = world;
  if (machine === undefined || machine.verdict !== undefined) return world;
  const bad = !tiny && ((machine.degraded && !spec.allowDegraded) || machine.unwell);
  return { ...world, machine: { ...machine, verdict: bad ? 'bad' : 'good' } };
}

function condemned(world: World, { system, units }: Start): World {
  const others = world.quarantined.filter(each => !same(each, { system, units }));
  return { ...world, quarantined: [...others, { system, units }] };
}

function proven(world: World, good: Snapshot): World {
  const { lastGood, previousGood } = world;
  const before = lastGood !== undefined && lastGood.system !== good.system ? lastGood : previousGood;
  return { ...world, lastGood: good, previousGood: before, quarantined: [] };
}

/** Which systems are kept from the garbage collector. */
function rooted(world: World): World {
  if (world.declared === 'no') return world;
  const { next: _, ...others } = rootsOf(world);
  const system = world.disk?.system ?? '';
  const next = Object.values(others).includes(system) ? '' : system;
  return { ...world, roots: { ...others, next } };
}

function rootsOf(world: World): Roots {
  const { declared, machine, hold, lastGood, roots } = world;
  const running = machine?.runs ?? '';
  const booted = machine !== undefined && machine.booted.system !== running ? machine.booted.system : '';
  // Of a declaration that can't be read nothing is given up.
  if (declared === 'broken') return machine === undefined ? roots : { ...roots, running, booted };
  const desired = desiredOf(world)?.system ?? roots.desired;
  return {
    ...roots,
    desired,
    running,
    booted,
    'last-good': lastGood?.system ?? '',
    held: hold?.system ?? '',
  };
}

export function runsOf({ booted: { units }, runs }: Machine): Start {
  return { system: runs, units };
}

export function isBad({ quarantined }: World, start: Start): boolean {
  return quarantined.some(each => same(each, start));
}

export function same(a: Start | undefined, b: Start | undefined): boolean {
  return a !== undefined && b !== undefined && a.system === b.system && a.units === b.units;
}

/** Whether it never reports ready. */
export function dies(system: SystemId): boolean {
  return is(system, 'dies') || is(system, 'hangs');
}

export function is(system: SystemId, kind: string): boolean {
  return system.startsWith(kind);
}
