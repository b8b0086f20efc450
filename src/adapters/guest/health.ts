import { encodeLabel } from '../../model/object-path.ts';
import type { Signal } from '../bus/bus.ts';
import { type GuestManager, ROOT } from './manager.ts';
import { nameFrom } from './text.ts';

const MAX_FAILED_UNITS = 100;
/** Of units that wait for their restart so many are asked why. */
const MAX_RESTARTING = 20;
/** SubState of a service between two of its starts by Restart= (systemd.service(5)). */
const RESTARTING = /^auto-restart/;
/** While one of these is active the manager says `maintenance`. */
const MAINTENANCE = ['rescue.target', 'emergency.target'];

export interface GuestHealth {
  /** SystemState of the guest's manager: `running`, `degraded`, `maintenance`, `stopping`, … */
  readonly state: string;
  /** Sorted; at most 100. */
  readonly failedUnits: readonly string[];
  /**
   * Services that wait for their restart after a failure, sorted, at most 20. Such a service counts as `activating`, and
   * SystemState as `running`, however often it crashes. Empty in what a follower without `restarts` is told.
   */
  readonly restarting: readonly string[];
}

export interface FollowOptions {
  /** Also told when a service is about to be restarted after a failure. */
  readonly restarts?: boolean;
}

/** Waits for the end of the boot; in a guest that is shutting down for its end, which is no state to judge it by. */
export function healthAfterBoot(manager: GuestManager, signal: AbortSignal): Promise<GuestHealth> {
  return manager.until(
    async () => {
      const health = await readHealth(manager, true);
      return isBooting(health) || isStopping(health) ? undefined : health;
    },
    ({ member }) => member === 'StartupFinished',
    signal,
  );
}

/** Tells of the health, at first and whenever it has changed, until the guest is gone or `signal` is aborted. */
export function followHealth(
  manager: GuestManager,
  told: (health: GuestHealth) => void,
  signal: AbortSignal,
  { restarts = false }: FollowOptions = {},
): Promise<never> {
  let last: GuestHealth | undefined;
  let concerned: ReadonlySet<string> | undefined;
  return manager.until<never>(
    async () => {
      const health = await readHealth(manager, restarts);
      // Its end is told by its unit on the host.
      if (isBooting(health) || isStopping(health) || isSame(health, last)) return undefined;
      last = health;
      concerned = new Set([...MAINTENANCE, ...health.failedUnits].map(pathOf));
      told(health);
      return undefined;
    },
    signal => mayChange(signal, concerned, restarts),
    signal,
  );
}

/** SystemState of the guest's manager. */
export async function stateOf(manager: GuestManager): Promise<string> {
  return nameFrom(await manager.get(ROOT, 'Manager', 'SystemState'), 'SystemState');
}

async function readHealth(manager: GuestManager, restarts: boolean): Promise<GuestHealth> {
  // The states of the filter are those of `systemctl list-units --state=`: SubState counts, too.
  const states = restarts ? ['failed', 'auto-restart', 'auto-restart-queued'] : ['failed'];
  const [state, [listed]] = await Promise.all([
    stateOf(manager),
    manager.call('ListUnitsFiltered', 'as', [states]),
  ]);
  if (!Array.isArray(listed)) throw new Error('cannot understand the guest: no list of units');
  const [waiting, failed] = partition(listed, unit => RESTARTING.test(String(unit?.[4])));
  return {
    state,
    failedUnits: unitNames(failed, MAX_FAILED_UNITS),
    restarting: await afterFailure(manager, unitNames(waiting, MAX_RESTARTING)),
  };
}

/** Those of the services that are restarted since they failed, and not since they ended and Restart=always. */
async function afterFailure(manager: GuestManager, units: readonly string[]): Promise<string[]> {
  const results = await Promise.all(units.map(unit => manager.get(pathOf(unit), 'Service', 'Result')));
  return units.filter((_, index) => results[index] !== 'success');
}

function isBooting({ state }: GuestHealth): boolean {
  return state === 'initializing' || state === 'starting';
}

function isStopping({ state }: GuestHealth): boolean {
  return state === 'stopping';
}

function isSame(health: GuestHealth, last: GuestHealth | undefined): boolean {
  return (
    last?.state === health.state &&
    last.failedUnits.join() === health.failedUnits.join() &&
    last.restarting.join() === health.restarting.join()
  );
}

/**
 * No signal tells of SystemState: what does is a unit that fails, or a unit that it depends on and that changes.
 * `concerned` are the paths of those; undefined before they were read. A guest may send thousands of these in a second:
 * nothing of them is read but what decides, and the least expensive test comes first.
 */
function mayChange(signal: Signal, concerned: ReadonlySet<string> | undefined, restarts: boolean): boolean {
  const isConcerned = (path: string | undefined) => concerned === undefined || concerned.has(path ?? '');
  if (signal.member === 'UnitRemoved') return isConcerned(signal.text(1));
  if (signal.member !== 'PropertiesChanged') return signal.member === 'StartupFinished';
  const state = signal.textAt(1, 'ActiveState');
  if (state === undefined) return false;
  if (state === 'failed' || isConcerned(signal.path)) return true;
  return restarts && RESTARTING.test(signal.textAt(1, 'SubState') ?? '');
}

function pathOf(unit: string): string {
  return `${ROOT}/unit/${encodeLabel(unit)}`;
}

function unitNames(units: readonly unknown[][], most: number): string[] {
  return units
    .slice(0, most)
    .map(unit => nameFrom(unit?.[0], 'name of a unit'))
    .sort();
}

function partition<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  return [all.filter(is), all.filter(one => !is(one))];
}
