import type {
  FileOnDisk,
  Lasting,
  MachineRecord,
  Situation,
  Snapshot,
  UnitState,
} from '../../../src/plan/situation.ts';
import * as container from '../../plan/container.ts';
import { NEW, OLD, onDisk, roots } from '../../plan/container.ts';
import type { Random } from '../../scenarios/soak/random.ts';

const SYSTEMS = [OLD, NEW, `${NEW}-3`];
const INVOCATIONS = ['', 'a'.repeat(32), 'b'.repeat(32)];
const EXTRAS = [
  {},
  { binds: { '/data': {} } },
  { autoStart: false },
  { activation: { rollback: false } },
] as const;
const STRATEGIES = ['restart', 'reload', 'dynamic', 'none'];
const BOOTS = ['0'.repeat(32), 'f'.repeat(32)];
const KINDS = ['start', 'stop', 'restart', 'retry', 'rollback', 'hold', 'unhold'] as const;

/** Made once: to parse and render takes longer than to plan. */
const known = new Map<string, unknown>();

function once<T>(make: (...args: never[]) => T, ...args: unknown[]): T {
  const key = JSON.stringify([make.name, ...args]);
  if (!known.has(key)) known.set(key, make(...(args as never[])));
  return known.get(key) as T;
}

const declaration = (extra: object) => once(container.declaration, extra);
const rendering = (system: string, extra: object) => once(container.rendering, system, extra);

/** Each part independent of the others, of a few values that meet often. */
export function someSituation(random: Random): Situation {
  const declared = random.below(8);
  const extra = someExtra(random);
  const system = random.pick(SYSTEMS);
  const isValid = declared > 1;
  const resolved = isValid && random.chance(0.85);
  const maybe = <K extends string, V>(key: K, value: V, probability = 0.5) =>
    (random.chance(probability) ? { [key]: value } : {}) as Partial<Record<K, V>>;
  return {
    name: 'web',
    declared: isValid
      ? { kind: 'valid', declaration: declaration(extra) }
      : declared === 1
        ? { kind: 'invalid', reason: 'broken' }
        : { kind: 'absent' },
    ...(isValid && {
      resolved: resolved ? { kind: 'system', system } : { kind: 'waiting', reason: 'nothing there' },
    }),
    ...(resolved && { rendered: rendering(system, extra) }),
    ...maybe('unit', someUnit(random), 0.7),
    ...maybe('request', { kind: random.pick(KINDS), system: random.pick(['', ...SYSTEMS, 'x']) }, 0.3),
    files: someFiles(random),
    conflict: random.pick(['', '', '', 'somebody else has it']),
    hasTemplate: random.chance(0.7),
    roots: roots({
      ...maybe('desired', random.pick(SYSTEMS)),
      ...maybe('running', random.pick(SYSTEMS)),
      ...maybe('booted', random.pick(SYSTEMS), 0.2),
      ...maybe('last-good', random.pick(SYSTEMS)),
      ...maybe('held', random.pick(SYSTEMS), 0.2),
      ...maybe('next', random.pick(SYSTEMS), 0.2),
    }),
    record: someRecord(random),
    lasting: someLasting(random),
    boot: random.pick(BOOTS),
    hasTraces: random.chance(0.7),
  };
}

function someExtra(random: Random): object {
  return {
    ...random.pick(EXTRAS),
    ...(random.chance(0.6) && { activation: { strategy: random.pick(STRATEGIES) } }),
  };
}

function someUnit(random: Random): UnitState {
  return {
    active: random.pick([
      'active',
      'active',
      'inactive',
      'failed',
      'activating',
      'deactivating',
      'reloading',
      'maintenance',
    ]),
    sub: random.pick([
      'running',
      'dead',
      'auto-restart',
      'auto-restart-queued',
      'start',
      'stop-sigterm',
      'x',
    ]),
    job: random.pick(['', '', 'start', 'stop', 'restart', 'x']),
    invocation: random.pick(INVOCATIONS),
    ...(random.chance(0.3) && {
      result: random.pick(['success', 'exit-code', 'timeout', 'start-limit-hit', 'x']),
    }),
    ...(random.chance(0.1) && { poweredOff: true }),
    needsReload: random.chance(0.3),
  };
}

function someFiles(random: Random): FileOnDisk[] {
  const rendered = random.chance(0.8) ? rendering(random.pick(SYSTEMS), someExtra(random)) : undefined;
  return onDisk(rendered).map(file =>
    random.chance(0.1)
      ? { ...file, content: random.pick(['', '# Rendered by nspawnd x\n', 'of somebody else']) }
      : file,
  );
}

function someSnapshot(random: Random): Snapshot {
  const system = random.pick(SYSTEMS);
  const { fingerprint, files } = rendering(system, someExtra(random));
  const bus = random.chance(0.5) && { bus: random.chance(0.7) };
  const isOdd = random.chance(0.1);
  return {
    system: isOdd ? random.pick(SYSTEMS) : system,
    fingerprint,
    files: random.chance(0.05) ? [] : files,
    ...bus,
  };
}

function someStart(random: Random) {
  const { system, fingerprint } = someSnapshot(random);
  return { system, fingerprint };
}

export function someRecord(random: Random): MachineRecord {
  const invocation = () => random.pick(INVOCATIONS);
  return {
    ...(random.chance(0.7) && { started: { ...someStart(random), invocation: invocation() } }),
    ...(random.chance(0.2) && {
      switch: { invocation: invocation(), system: random.pick(SYSTEMS), finished: random.chance(0.5) },
    }),
    ...(random.chance(0.6) && {
      verdict: {
        invocation: invocation(),
        system: random.pick(SYSTEMS),
        complaint: random.pick(['', '', 'failed units: a.service']),
        guestState: random.pick(['', 'running', 'degraded']),
        failedUnits: random.pick([[], ['a.service']]),
        ...(random.chance(0.2) && { excuses: { 'a.service': 'it cannot work in a container' } }),
        ...(random.chance(0.2) && { evidence: ['a.service: it failed'] }),
      },
    }),
    ...(random.chance(0.2) && {
      trial: {
        invocation: invocation(),
        system: random.pick(SYSTEMS),
        reason: 'watched',
        isStuck: random.chance(0.3),
      },
    }),
    ...(random.chance(0.2) && { failure: someStart(random) }),
    ...(random.chance(0.2) && { updated: { timestamp: 1, duration: 1 } }),
    ...(random.chance(0.2) && { stopped: 'stopped on request' }),
  };
}

export function someLasting(random: Random): Lasting {
  const quarantine = () => ({ ...someStart(random), reason: 'bad', boot: random.pick(BOOTS) });
  return {
    ...(random.chance(0.6) && { lastGood: someSnapshot(random) }),
    ...(random.chance(0.3) && { previousGood: someSnapshot(random) }),
    ...(random.chance(0.4) && { quarantined: Array.from({ length: random.below(3) }, quarantine) }),
    ...(random.chance(0.2) && { hold: someSnapshot(random) }),
  };
}
