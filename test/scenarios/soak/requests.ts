import {
  aimOf,
  desiredOf,
  runsOf,
  type Snapshot,
  type Start,
  type SystemId,
  same,
  settled,
  start,
  type World,
} from './model.ts';

/** What becomes of a request: the world that it leads to at once, and whether it is to be answered well. */
export interface Answer {
  readonly world: World;
  readonly well: boolean;
}

export type RequestKind = 'Start' | 'Stop' | 'Restart' | 'Retry' | 'Hold' | 'Unhold';

/** Of a container that is declared and settled. */
export function request(kind: RequestKind, world: World): Answer {
  if (kind === 'Stop') return { world: stopped(world, 'request'), well: true };
  if (world.declared === 'broken') return { world, well: false };
  switch (kind) {
    case 'Start':
      return judged(world, started(world, false));
    case 'Restart':
      return judged(world, started(world, true));
    case 'Retry':
      return world.hold === undefined ? judged(world, retried(world)) : { world, well: false };
    case 'Hold': {
      const snapshot = world.hold ?? present(world);
      return snapshot === undefined
        ? { world, well: false }
        : { world: { ...world, hold: snapshot }, well: true };
    }
    case 'Unhold':
      return { world: { ...world, hold: undefined }, well: true };
  }
}

/** `system`: '' for the last good one other than the desired. `there`: what the store still has. */
export function rollback(world: World, system: SystemId, there: ReadonlySet<SystemId>): Answer {
  if (world.declared === 'broken') return { world, well: false };
  const snapshot = returnTo(world, system, there);
  if (snapshot === undefined) return { world, well: false };
  return judged(world, started({ ...world, hold: snapshot }, false));
}

/** Somebody else stops the machine, or it stops itself. */
export function stopped(world: World, kind: 'outside' | 'request'): World {
  return { ...world, machine: undefined, down: { kind } };
}

/** `known`: what was in quarantine when nspawnd began to do it. */
interface Begun {
  readonly world: World;
  readonly known: readonly Start[];
}

function started(world: World, anew: boolean): Begun {
  const { machine, quarantined } = world;
  const aim = aimOf(world);
  const desired = desiredOf(world);
  if (aim.kind === 'none' && desired !== undefined && (machine === undefined || anew))
    return { world: start({ ...world, quarantined: [] }, desired), known: [] };
  const starts = 'snapshot' in aim && (machine === undefined || anew);
  return { world: starts ? start(world, aim.snapshot) : world, known: quarantined };
}

function retried(world: World): Begun {
  const { machine } = world;
  const verdict = machine?.verdict === 'good' ? machine.verdict : undefined;
  return started({ ...world, machine: machine && { ...machine, verdict }, quarantined: [] }, false);
}

/** Whether all went well is told by what is there in the end. */
function judged(before: World, { world, known }: Begun): Answer {
  const end = settled(world);
  const aim = aimOf(end);
  const tried = end.quarantined.some(each => !known.some(one => same(one, each)));
  const up = end.machine !== undefined && 'snapshot' in aim;
  const failed = aim.kind === 'last-good' && end.machine?.verdict === 'bad';
  return { world, well: before.declared === 'yes' && up && !tried && !failed };
}

/** A machine as it is, with its units as far as they are known. */
function present(world: World): Snapshot | undefined {
  const desired = desiredOf(world);
  const aim = aimOf(world);
  if (world.machine === undefined) return 'snapshot' in aim ? aim.snapshot : (desired ?? world.lastGood);
  const runs = runsOf(world.machine);
  const known = [world.lastGood, desired].find(each => same(each, runs));
  return known ?? like(desired ?? world.lastGood, runs);
}

function like(base: Snapshot | undefined, { system }: Pick<Start, 'system'>): Snapshot | undefined {
  return base && { ...base, system };
}

function returnTo(world: World, system: SystemId, there: ReadonlySet<SystemId>): Snapshot | undefined {
  const { lastGood, previousGood, machine } = world;
  const desired = desiredOf(world);
  const good = [lastGood, previousGood].filter(each => each !== undefined && there.has(each.system));
  if (system !== '')
    return good.find(each => each?.system === system) ?? like(desired ?? lastGood, { system });
  const avoid = desired?.system ?? machine?.runs;
  return good.find(each => each?.system !== avoid);
}
