import { appearanceOf } from './appearance.ts';
import { advance, desiredOf, settled, type World } from './model.ts';
import type { Seen } from './observer.ts';
import type { Answer } from './requests.ts';

/** TasksMax= of the template unit. */
const TEMPLATE_LIMIT = 16384n;

/**
 * Everything that may have become of one container: several worlds while it is not known how far nspawnd had come when
 * the next thing happened. To look at it leaves those that fit.
 */
export class Expectation {
  readonly name: string;
  #worlds: readonly World[];
  #invocation = '';

  constructor(name: string, world: World) {
    this.name = name;
    this.#worlds = [world];
  }

  get worlds(): readonly World[] {
    return this.#worlds;
  }

  /** Something happens to it, at any point of what nspawnd was about to do. */
  happens(effect: (world: World) => World): void {
    this.#worlds = distinct(this.#worlds.flatMap(whatever).map(effect));
  }

  /** It was asked for something, and answered with `error`, '' for none. Only worlds where that is right are left. */
  answers(answer: (world: World) => Answer, what: string, error: string): void {
    const fitting = this.#worlds.map(answer).filter(({ well }) => well === (error === ''));
    this.#worlds = distinct(fitting.map(({ world }) => world));
    if (fitting.length > 0) return;
    throw new Error(`${this.name}: ${what} was not to end with ${error === '' ? 'success' : error}`);
  }

  /** nspawnd has done all that is to do. */
  settles(): void {
    this.#worlds = distinct(this.#worlds.map(settled));
  }

  /** Keeps the worlds that are as seen, of `starts` starts since it was last seen; throws when there are none. */
  compare(seen: Seen, starts: number): void {
    const found = this.#worlds.map(world => ({
      world,
      wrong: [...differences(world, seen), ...sinceLast(world, seen, starts, this.#invocation)],
    }));
    const right = found.filter(({ wrong }) => wrong.length === 0);
    const [closest] = found.sort((a, b) => a.wrong.length - b.wrong.length);
    if (right.length === 0)
      throw new Error(
        [
          `${this.name} is not as predicted, in the closest of ${found.length} ways:`,
          ...(closest?.wrong ?? []).map(each => `  ${each}`),
          `  predicted: ${JSON.stringify(closest?.world)}`,
          `  seen: ${JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? Number(value) : value))}`,
        ].join('\n'),
      );
    this.#worlds = distinct(right.map(({ world }) => ({ ...world, starts: 0, spare: 0 })));
    this.#invocation = seen.unit.invocation;
  }
}

/** The world, and each that nspawnd leads to from there. */
function whatever(world: World): World[] {
  const worlds = [world];
  for (let next = advance(world); next !== undefined; next = advance(next)) worlds.push(next);
  return worlds;
}

function distinct(worlds: readonly World[]): World[] {
  return [...new Map(worlds.map(world => [JSON.stringify(world), world])).values()];
}

function differences(world: World, seen: Seen): string[] {
  const { view, unit, roots, disk } = seen;
  const { machine } = world;
  if (world.declared === 'no') {
    const gone = { view: undefined, active: 'inactive', traces: [] as string[] };
    return differing(gone, { view, active: unit.active, traces: seen.traces });
  }
  const { state, reason } = appearanceOf(world);
  const desired = world.declared === 'yes' ? desiredOf(world)?.system : '';
  const expected = {
    ...{ state, desired: desired ?? '', lastGood: world.lastGood?.system ?? '' },
    ...{ booted: machine?.booted.system ?? '', running: machine?.runs ?? '', held: world.hold !== undefined },
    quarantined: [...new Set(world.quarantined.map(({ system }) => system))].sort(),
    active: machine !== undefined ? 'active' : unit.active === 'failed' ? 'failed' : 'inactive',
    roots: world.roots,
    disk: world.disk && { system: world.disk.system, bound: world.disk.units === 'bound' },
  };
  const { guestState: _, reason: said = '', ...shown } = view ?? {};
  const found = { ...shown, active: unit.active, roots, disk };
  const limit =
    world.disk === undefined || world.disk.limit === 0 ? TEMPLATE_LIMIT : BigInt(world.disk.limit);
  return [
    ...differing(expected, found),
    ...(reason.test(said) ? [] : [`reason: expected ${reason}, found ${JSON.stringify(said)}`]),
    ...(machine === undefined ? [] : differing({ tasksMax: limit }, { tasksMax: unit.tasksMax })),
  ];
}

/** Nothing was restarted that need not be, and nothing was left as it was that should have been. */
function sinceLast(world: World, { unit }: Seen, starts: number, before: string): string[] {
  const most = world.starts + world.spare;
  const counted = starts >= world.starts && starts <= most;
  const isNew = unit.invocation !== before;
  const restarted = world.machine === undefined || isNew === world.starts > 0;
  return [
    ...(counted ? [] : [`starts: expected ${world.starts} to ${most}, found ${starts}`]),
    ...(restarted ? [] : [`expected ${isNew ? 'the same' : 'another'} invocation`]),
  ];
}

function differing(expected: object, found: object): string[] {
  const theirs = new Map<string, unknown>(Object.entries(found));
  return Object.entries(expected).flatMap(([key, value]) => {
    const [wanted, is] = [text(value), text(theirs.get(key))];
    return wanted === is ? [] : [`${key}: expected ${wanted}, found ${is}`];
  });
}

function text(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'nothing');
}
