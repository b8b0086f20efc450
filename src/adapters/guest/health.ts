import { encodeLabel } from '../../model/object-path.ts';
import type { Signal } from '../bus/bus.ts';
import { type GuestManager, ROOT } from './manager.ts';
import { nameFrom } from './text.ts';

const MAX_FAILED_UNITS = 100;
/** While one of these is active the manager says `maintenance`. */
const MAINTENANCE = ['rescue.target', 'emergency.target'];

export interface GuestHealth {
  /** SystemState of the guest's manager: `running`, `degraded`, `maintenance`, `stopping`, … */
  readonly state: string;
  /** Sorted; at most 100. */
  readonly failedUnits: readonly string[];
}

/** Waits for the end of the boot; in a guest that is shutting down for its end, which is no state to judge it by. */
export function healthAfterBoot(manager: GuestManager, signal: AbortSignal): Promise<GuestHealth> {
  return manager.until(
    async () => {
      const health = await readHealth(manager);
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
): Promise<never> {
  let last: GuestHealth | undefined;
  let concerned: ReadonlySet<string> | undefined;
  return manager.until<never>(
    async () => {
      const health = await readHealth(manager);
      // Its end is told by its unit on the host.
      if (isBooting(health) || isStopping(health) || isSame(health, last)) return undefined;
      last = health;
      concerned = new Set([...MAINTENANCE, ...health.failedUnits].map(pathOf));
      told(health);
      return undefined;
    },
    signal => mayChange(signal, concerned),
    signal,
  );
}

/** SystemState of the guest's manager. */
export async function stateOf(manager: GuestManager): Promise<string> {
  return nameFrom(await manager.get(ROOT, 'Manager', 'SystemState'), 'SystemState');
}

async function readHealth(manager: GuestManager): Promise<GuestHealth> {
  const [state, [failed]] = await Promise.all([
    stateOf(manager),
    manager.call('ListUnitsFiltered', 'as', [['failed']]),
  ]);
  return { state, failedUnits: unitNames(failed) };
}

function isBooting({ state }: GuestHealth): boolean {
  return state === 'initializing' || state === 'starting';
}

function isStopping({ state }: GuestHealth): boolean {
  return state === 'stopping';
}

function isSame(health: GuestHealth, last: GuestHealth | undefined): boolean {
  return last?.state === health.state && last.failedUnits.join() === health.failedUnits.join();
}

/**
 * No signal tells of SystemState: what does is a unit that fails, or a unit that it depends on and that changes.
 * `concerned` are the paths of those; undefined before they were read. A guest may send thousands of these in a second:
 * nothing of them is read but what decides, and the least expensive test comes first.
 */
function mayChange(signal: Signal, concerned: ReadonlySet<string> | undefined): boolean {
  const isConcerned = (path: string | undefined) => concerned === undefined || concerned.has(path ?? '');
  if (signal.member === 'UnitRemoved') return isConcerned(signal.text(1));
  if (signal.member !== 'PropertiesChanged') return signal.member === 'StartupFinished';
  const state = signal.textAt(1, 'ActiveState');
  return state === 'failed' || (state !== undefined && isConcerned(signal.path));
}

function pathOf(unit: string): string {
  return `${ROOT}/unit/${encodeLabel(unit)}`;
}

function unitNames(listed: unknown): string[] {
  if (!Array.isArray(listed)) throw new Error('cannot understand the guest: no list of units');
  const names = listed.slice(0, MAX_FAILED_UNITS).map(unit => nameFrom(unit?.[0], 'name of a unit'));
  return names.sort();
}
