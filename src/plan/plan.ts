import type { ContainerState } from '../model/container.ts';
import { type Rendered, readHeader } from '../render/render.ts';
import type { Action, Start } from './actions.ts';
import type { Situation, UnitState } from './situation.ts';

/** What is to be done to one container now, and what is to be said of it. */
export interface Plan {
  readonly state: ContainerState;
  readonly reason: string;
  /** Store path that the profile points to, '' when it points to none. */
  readonly desired: string;
  /** What the machine was started with; undefined when it isn't up, or is none of ours. */
  readonly booted: Start | undefined;
  readonly actions: readonly Action[];
  /** Nothing of it is left: forget the name. */
  readonly gone: boolean;
  /** Something that isn't our job is under way, and its end is to be waited for. */
  readonly settling: boolean;
}

/**
 * Decides, from everything known about one container, what to do. Pure: the same situation gives the same
 * plan, and once the plan has succeeded the next one is empty.
 */
export function plan(situation: Situation): Plan {
  const booted = bootedWith(situation);
  const bookkeeping = situation.declared.kind === 'absent' ? [] : remember(situation, booted);
  const outcome = decide(situation, booted);
  return {
    desired: situation.resolved?.kind === 'system' ? situation.resolved.system : '',
    booted,
    gone: false,
    settling: false,
    ...outcome,
    actions: [...bookkeeping, ...outcome.actions],
  };
}

const ON_REQUEST = 'stopped on request';

type Outcome = Pick<Plan, 'state' | 'reason' | 'actions'> & {
  readonly gone?: boolean;
  readonly settling?: boolean;
};

function decide(situation: Situation, booted: Start | undefined): Outcome {
  const { declared, resolved, rendered, conflict } = situation;
  if (declared.kind === 'absent') return vanish(situation);
  if (declared.kind === 'invalid') return leaveAlone('invalid', declared.reason, situation);
  if (conflict !== '') return leaveAlone('invalid', conflict, situation);
  if (resolved?.kind === 'waiting') return leaveAlone('waiting', resolved.reason, situation);
  if (resolved === undefined || rendered === undefined) throw new Error('a resolved system is not rendered');
  return converge(
    situation,
    { system: resolved.system, fingerprint: rendered.fingerprint },
    rendered,
    booted,
  );
}

/** A container without a usable declaration or system is not touched, but may be stopped on request. */
function leaveAlone(state: ContainerState, reason: string, { request, unit }: Situation): Outcome {
  return { state, reason, actions: request === 'stop' ? stopOnRequest(unit) : [] };
}

/** A machine under our unit files is stopped; one that merely has the same name is none of our business. */
function vanish({ unit, files, hasTraces }: Situation): Outcome {
  const why = 'its declaration is gone';
  if (isUp(unit) && header(files) !== undefined) {
    const stopping = unit?.active === 'deactivating' || unit?.job === 'stop';
    return {
      state: 'stopped',
      reason: `stopping: ${why}`,
      actions: stopping ? [] : [{ kind: 'stop', forget: true, why }],
      settling: stopping,
    };
  }
  const failed = unit?.active === 'failed';
  return {
    state: 'stopped',
    reason: why,
    actions: hasTraces || failed ? [{ kind: 'clean-up', why }] : [],
    gone: true,
  };
}

function converge(
  situation: Situation,
  wanted: Start,
  rendered: Rendered,
  booted: Start | undefined,
): Outcome {
  const { unit, request } = situation;
  if (request === 'stop') return { ...stopped(ON_REQUEST), actions: stopOnRequest(unit) };
  if (inTransition(unit, situation, wanted)) return transition(unit);
  const outcome = isUp(unit)
    ? convergeRunning(situation, wanted, booted)
    : convergeStopped(situation, wanted);
  return { ...outcome, actions: [...prepare(situation, wanted, rendered), ...outcome.actions] };
}

function stopOnRequest(unit: UnitState | undefined): Action[] {
  const record: Action = { kind: 'record-stop', reason: ON_REQUEST };
  return isUp(unit) ? [record, { kind: 'stop', why: 'asked for' }] : [record];
}

/** Files and roots that every later start relies on, whether by us, an operator or a guest's own reboot. */
function prepare(situation: Situation, wanted: Start, rendered: Rendered): Action[] {
  const { files, roots, unit, hasTemplate } = situation;
  const actions: Action[] = [];
  if (roots.desired !== wanted.system) actions.push({ kind: 'root', root: 'desired', system: wanted.system });
  if (!isUp(unit) && roots.running !== '') actions.push({ kind: 'unroot', root: 'running' });
  if (!hasTemplate) actions.push({ kind: 'make-template' });

  const changes = fileChanges(files, rendered);
  actions.push(...changes);
  const dropIn = changes.some(({ file }) => file.kind === 'drop-in');
  if (unit !== undefined && (dropIn || unit.needsReload)) {
    actions.push({ kind: 'reload-units', why: `the drop-in of ${rendered.unit} changed` });
  }
  return actions;
}

/** The `.nspawn` file comes last: it is the commit record. */
function fileChanges(files: Situation['files'], rendered: Rendered) {
  const changes = files.flatMap(
    ({ kind, path, content }): Extract<Action, { kind: 'write' | 'remove' }>[] => {
      const file = rendered.files.find(each => each.path === path);
      if (file?.content === content) return [];
      if (file === undefined) return [{ kind: 'remove', file: { kind, path }, why: 'is no longer needed' }];
      return [{ kind: 'write', file, why: content === undefined ? 'is missing' : 'is out of date' }];
    },
  );
  return changes.sort((a, b) => Number(a.file.kind === 'nspawn') - Number(b.file.kind === 'nspawn'));
}

function convergeRunning(situation: Situation, wanted: Start, booted: Start | undefined): Outcome {
  const { declared, request, record } = situation;
  const from = booted?.system ?? '';
  if (request === 'restart') return restart(from, wanted, 'asked for');
  if (booted !== undefined && same(booted, wanted)) {
    return { state: 'running', reason: 'runs the desired system', actions: [] };
  }
  if (record.failure !== undefined && same(record.failure, wanted)) return failed(record.failure.reason);
  const change = difference(booted, wanted);
  if (declared.kind === 'valid' && declared.declaration.activation.strategy === 'none') {
    return { state: 'running', reason: `${change}; strategy none: applies at the next start`, actions: [] };
  }
  return restart(from, wanted, change);
}

function convergeStopped(situation: Situation, wanted: Start): Outcome {
  const { declared, request, record, unit, files } = situation;
  if (declared.kind !== 'valid') throw new Error('unreachable: only valid declarations converge');
  const { autoStart, activation } = declared.declaration;
  if (request !== undefined) return start(wanted, 'asked for');

  if (record.failure !== undefined && same(record.failure, wanted)) return failed(record.failure.reason);
  if (record.stopped !== undefined) return stopped(record.stopped);
  const crashed = unit?.active === 'failed';
  if (crashed && committed(files, wanted))
    return failed('the machine failed and systemd gave up restarting it');
  if (record.failure !== undefined || crashed) {
    if (activation.strategy === 'none') return failed('failed; strategy none: start it by hand');
    return start(wanted, 'the system or units that failed have changed');
  }
  if (record.started !== undefined) {
    return stopped('stopped from outside nspawnd (machinectl, systemctl or the guest itself)');
  }
  if (!autoStart) return stopped('not started automatically (autoStart is false)');
  return start(wanted, 'declared with autoStart, and not yet started');
}

/**
 * Somebody else's job, or systemd's own restart after a crash, is under way: its end wakes us. Between two
 * such restarts (`auto-restart`) a changed system may step in, so that a fix need not wait for the loop's end.
 */
function inTransition(unit: UnitState | undefined, { files, request }: Situation, wanted: Start): boolean {
  if (unit === undefined) return false;
  if (unit.sub.startsWith('auto-restart')) return request === undefined && committed(files, wanted);
  return unit.job !== '' || ['activating', 'deactivating', 'reloading'].includes(unit.active);
}

function transition(unit: UnitState | undefined): Outcome {
  const settling = { actions: [], settling: true };
  if (unit?.sub.startsWith('auto-restart')) {
    return { state: 'starting', reason: 'crashed; systemd is restarting it', ...settling };
  }
  if (unit?.active === 'deactivating') return { state: 'stopped', reason: 'stopping', ...settling };
  return { state: 'starting', reason: 'waiting for the guest to report ready', ...settling };
}

const stopped = (reason: string): Outcome => ({ state: 'stopped', reason, actions: [] });
const failed = (reason: string): Outcome => ({ state: 'failed', reason, actions: [] });

function start(wanted: Start, why: string): Outcome {
  return { state: 'starting', reason: why, actions: [{ kind: 'start', start: wanted, why }] };
}

function restart(from: string, wanted: Start, why: string): Outcome {
  return { state: 'updating', reason: why, actions: [{ kind: 'restart', from, start: wanted, why }] };
}

function difference(booted: Start | undefined, wanted: Start): string {
  if (booted === undefined) return 'it runs without units of ours';
  return booted.system === wanted.system ? 'its units changed' : 'the profile points to another system';
}

/**
 * What the machine that is up was started with. An invocation that isn't on record has been started since the
 * `.nspawn` file was last written, for each writing is preceded by recording what runs: so it has that file's.
 */
function bootedWith({ unit, record, files }: Situation): Start | undefined {
  if (!isUp(unit)) return undefined;
  if (record.started !== undefined && record.started.invocation === unit?.invocation) {
    return { system: record.started.system, fingerprint: record.started.fingerprint };
  }
  return header(files);
}

/** Before anything else: put on record, and root, what runs. */
function remember({ unit, record, roots }: Situation, booted: Start | undefined): Action[] {
  if (booted === undefined || unit?.active !== 'active') return [];
  const actions: Action[] = [];
  if (roots.running !== booted.system) actions.push({ kind: 'root', root: 'running', system: booted.system });
  const known = record.started?.invocation === unit.invocation && record.stopped === undefined;
  if (!known || record.failure !== undefined) {
    actions.push({ kind: 'remember', invocation: unit.invocation, start: booted });
  }
  return actions;
}

function header(files: Situation['files']): Start | undefined {
  const content = files.find(file => file.kind === 'nspawn')?.content;
  if (content === undefined) return undefined;
  const { ours, system, fingerprint } = readHeader(content);
  return ours && system !== undefined && fingerprint !== undefined ? { system, fingerprint } : undefined;
}

/** The units on disk are those wanted: whatever was started last was started with them. */
function committed(files: Situation['files'], wanted: Start): boolean {
  const on = header(files);
  return on !== undefined && same(on, wanted);
}

function same(a: Start, b: Start): boolean {
  return a.system === b.system && a.fingerprint === b.fingerprint;
}

function isUp(unit: UnitState | undefined): boolean {
  return unit !== undefined && unit.active !== 'inactive' && unit.active !== 'failed';
}
