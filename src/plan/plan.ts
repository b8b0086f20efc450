import type { ContainerState } from '../model/container.ts';
import type { ErrorCode } from '../model/errors.ts';
import type { Action, Start } from './actions.ts';
import {
  type Aim,
  aimOf,
  desiredOf,
  presentSnapshot,
  quarantineOf,
  rollbackSnapshot,
  withQuarantine,
} from './aim.ts';
import {
  committed,
  hasReached,
  header,
  isUp,
  type Observed,
  observe,
  remember,
  same,
  switched,
} from './observed.ts';
import {
  bad,
  failed,
  type Outcome,
  type Plan,
  start,
  startOf,
  stopped,
  type Target,
  transition,
  type Valid,
} from './outcome.ts';
import { prepare } from './prepare.ts';
import { inOrder, rootActions } from './roots.ts';
import { ask, convergeRunning } from './running.ts';
import type { Lasting, Quarantine, Situation, Snapshot, UnitState } from './situation.ts';
import { convergeStopped, recordPowerOff, whyStopped } from './stopped.ts';
import { followed } from './verdict.ts';

export type { Plan, Refusal } from './outcome.ts';

/**
 * Decides, from everything known about one container, what to do. Pure: the same situation gives the same
 * plan, and once the plan has succeeded the next one is empty.
 */
export function plan(found: Situation): Plan {
  const { situation, actions: stop } = recordPowerOff(found);
  const observed = observe(situation);
  const bookkeeping = situation.declared.kind === 'absent' ? [] : [...stop, ...remember(situation, observed)];
  const outcome = decide(situation, observed);
  const actions = inOrder([...bookkeeping, ...outcome.actions], situation);
  const follow = outcome.gone ? undefined : followed(situation.unit, observed.verdict);
  return {
    ...observed,
    desired: situation.resolved?.system ?? '',
    gone: false,
    settling: false,
    lasting: situation.lasting,
    ...outcome,
    actions,
    ...(follow && { follow }),
  };
}

const ON_REQUEST = 'stopped on request';
const START = { kind: 'start', system: '' } as const;

function decide(situation: Situation, observed: Observed): Outcome {
  const { declared, resolved, conflict, lasting } = situation;
  if (declared.kind === 'absent') return vanish(situation);
  if (declared.kind === 'invalid') return invalid(declared.reason, situation);
  if (conflict !== '') return invalid(conflict, situation);
  const valid = { ...situation, declared };
  const changed = changeLasting(valid, observed);
  if (changed !== undefined) return changed;
  if (resolved?.kind === 'waiting' && lasting.hold === undefined) {
    const outcome = undo(valid, observed) ?? leaveAlone('waiting', resolved.reason, situation);
    return { ...outcome, actions: [...rootActions(situation, undefined), ...outcome.actions] };
  }
  return converge(valid, observed);
}

/** Without a usable declaration nothing but a stop can be done on request. */
function invalid(reason: string, situation: Situation): Outcome {
  const outcome = leaveAlone('invalid', reason, situation);
  const kind = situation.request?.kind ?? 'stop';
  return kind === 'stop' ? outcome : { ...outcome, refusal: { code: 'InvalidDeclaration', message: reason } };
}

/** A container without a usable declaration or system is not touched, but may be stopped on request. */
function leaveAlone(state: ContainerState, reason: string, situation: Situation): Outcome {
  const { request, unit } = situation;
  if (request?.kind === 'stop') return { state, reason, actions: stopOnRequest(unit) };
  return { state, reason, actions: [], settling: inTransition(unit, situation, undefined) };
}

/** A machine that an update took down comes back, for which no profile is needed; as what failed it is left alone. */
function undo(situation: Valid, { crashed }: Observed): Outcome | undefined {
  const { unit, record, request, lasting, declared } = situation;
  const { lastGood } = lasting;
  const failed = record.failure ?? crashed;
  const isOver = isUp(unit) || record.stopped !== undefined || request?.kind === 'stop';
  if (isOver || failed === undefined || lastGood === undefined || same(failed, lastGood)) return undefined;
  if (!declared.declaration.activation.rollback) return undefined;
  const outcome = start(lastGood, `returning to the last good system: ${bad(lasting)}`);
  return { ...outcome, actions: [...prepare(situation, lastGood), ...outcome.actions] };
}

/** A machine under our unit files is stopped; one that merely has the same name is none of our business. */
function vanish({ unit, files, hasTraces, request }: Situation): Outcome {
  const why = 'its declaration is gone';
  const kind = request?.kind ?? 'stop';
  const refusal = kind === 'stop' ? {} : { refusal: { code: 'NoSuchContainer', message: why } as const };
  if (isUp(unit) && header(files) !== undefined) {
    const stopping = unit?.active === 'deactivating' || unit?.job === 'stop';
    return {
      state: 'stopped',
      reason: `stopping: ${why}`,
      actions: stopping ? [] : [{ kind: 'stop', forget: true, why }],
      settling: stopping,
      ...refusal,
    };
  }
  const failed = unit?.active === 'failed';
  return {
    state: 'stopped',
    reason: why,
    actions: hasTraces || failed ? [{ kind: 'clean-up', why }] : [],
    gone: true,
    ...refusal,
  };
}

/** Requests, and news of the profile or the declaration, that change what is remembered beyond this boot. */
function changeLasting(situation: Valid, observed: Observed): Outcome | undefined {
  const { request, lasting } = situation;
  const { request: _, ...answered } = situation;
  const { hold: present, ...unheld } = lasting;
  switch (request?.kind) {
    case 'hold': {
      if (present !== undefined) return decide(answered, observed);
      const snapshot = presentSnapshot(situation, observed.runs);
      if (snapshot === undefined)
        return refuse(answered, observed, 'Failed', 'there is nothing to hold it on');
      return hold(snapshot, 'asked for', answered, observed);
    }
    case 'unhold':
      if (present === undefined) return decide(answered, observed);
      return then([{ kind: 'unhold', why: 'asked for' }], { ...answered, lasting: unheld }, observed);
    case 'rollback': {
      const snapshot = rollbackSnapshot(situation, request.system, observed.runs);
      if (snapshot === undefined) {
        const why = 'no system other than the desired one is known to be good';
        return refuse(answered, observed, 'NoLastGood', why);
      }
      const started = { ...answered, request: START };
      return hold(snapshot, `asked to return to ${snapshot.system}`, started, observed);
    }
    case 'retry':
      if (present !== undefined) return refuse(answered, observed, 'Busy', `it is held on ${present.system}`);
      return retry(situation, observed, 'asked for');
  }
  const desired = desiredOf(situation);
  const stale = desired && present === undefined && quarantineOf(lasting, desired) === undefined;
  if (!stale || (lasting.quarantined ?? []).length === 0) return undefined;
  const { quarantined: __, ...cleared } = lasting;
  const action: Action = { kind: 'unquarantine', why: 'the system or units that failed have changed' };
  return then([action], { ...situation, lasting: cleared }, observed);
}

function hold(snapshot: Snapshot, why: string, situation: Situation, observed: Observed): Outcome {
  const { system } = snapshot;
  const roots = { ...situation.roots, held: system };
  const root: Action[] = situation.roots.held === system ? [] : [{ kind: 'root', root: 'held', system }];
  const actions: Action[] = [...root, { kind: 'hold', hold: snapshot, why }];
  return then(actions, { ...situation, roots, lasting: { ...situation.lasting, hold: snapshot } }, observed);
}

/** Forgets what failed, and how the guest was, and goes on as if asked to start. */
function retry(situation: Valid, observed: Observed, why: string): Outcome {
  const { quarantined, ...lasting } = situation.lasting;
  const actions: Action[] = quarantined === undefined ? [] : [{ kind: 'unquarantine', why }];
  if (observed.verdict !== undefined && observed.verdict.complaint !== '')
    actions.push({ kind: 'forget-verdict' });
  const heard = actions.some(({ kind }) => kind === 'forget-verdict') ? undefined : observed.verdict;
  const request = situation.request?.kind === 'restart' ? situation.request : START;
  return then(actions, { ...situation, lasting, request }, { ...observed, verdict: heard });
}

/** Some actions, and then what is to be done in the situation to which they lead. */
function then(actions: readonly Action[], situation: Situation, observed: Observed): Outcome {
  const outcome = decide(situation, observed);
  return { lasting: situation.lasting, ...outcome, actions: [...actions, ...outcome.actions] };
}

function refuse(situation: Situation, observed: Observed, code: ErrorCode, message: string): Outcome {
  return { ...decide(situation, observed), refusal: { code, message } };
}

function converge(situation: Valid, observed: Observed): Outcome {
  const { unit, request, lasting } = situation;
  const desired = desiredOf(situation);
  const aim = desired ? aimOf(situation, desired) : held(lasting);
  const roots = rootActions(situation, desired?.system);
  if (request?.kind === 'stop')
    return { ...stopped(ON_REQUEST), actions: [...roots, ...stopOnRequest(unit)] };
  if (aim.kind === 'none' && isWish(request?.kind, unit)) return retry(situation, observed, 'asked for');
  const wanted = aim.kind === 'none' ? undefined : aim.snapshot;
  const crash = crashLoop(situation, observed, aim);
  if (crash !== undefined) return condemn(situation, observed, crash);
  if (inTransition(unit, situation, wanted)) return { ...transition(situation), actions: roots };
  if (wanted === undefined || aim.kind === 'none') {
    if (hasComeUp(situation, observed, desired)) return redeem(situation, observed);
    const why = isUp(unit) ? undefined : whyStopped(situation, observed);
    if (why !== undefined) return { ...stopped(why), actions: roots };
    // What was started from outside may prove to be good after all.
    const { actions, settling } = ask(situation, observed, true);
    return { ...failed(reasonOf(aim)), actions: [...roots, ...actions], settling };
  }
  const outcome = isUp(unit)
    ? convergeRunning(situation, observed, aim)
    : convergeStopped(situation, observed, aim);
  if ('condemned' in outcome) return condemn(situation, observed, outcome.condemned);
  return { ...outcome, actions: [...roots, ...prepare(situation, wanted), ...outcome.actions] };
}

/**
 * A system that crashes before it was ever found healthy gives way at once, where there is one that does better;
 * else systemd's restarts, which are bounded, may still bring it up.
 */
function crashLoop(situation: Valid, { runs }: Observed, aim: Aim): Quarantine | undefined {
  const { unit, lasting, declared, boot } = situation;
  if (aim.kind !== 'desired' || unit?.sub.startsWith('auto-restart') !== true) return undefined;
  const { lastGood } = lasting;
  const { rollback, strategy } = declared.declaration.activation;
  const alternative =
    rollback && strategy !== 'none' && lastGood !== undefined && !same(lastGood, aim.snapshot);
  // Not by the units on disk: those may be of a start that is yet to come.
  const crashed = hasReached(situation, runs, aim.snapshot) && unit.result !== 'success';
  if (!alternative || !crashed) return undefined;
  const reason = `${aim.snapshot.system} crashed before it was found healthy`;
  return { ...startOf(aim.snapshot), reason, boot };
}

function reasonOf(aim: Aim): string {
  return aim.kind === 'none' ? aim.reason : '';
}

function held({ hold }: Lasting): Target {
  if (hold === undefined) throw new Error('unreachable: neither held nor desired');
  return { kind: 'held', snapshot: hold };
}

/** Whether somebody asks for a machine to be started anew, whatever is known of its system. */
function isWish(request: string | undefined, unit: UnitState | undefined): boolean {
  return request === 'restart' || (request === 'start' && !isUp(unit));
}

function stopOnRequest(unit: UnitState | undefined): Action[] {
  const record: Action = { kind: 'record-stop', reason: ON_REQUEST };
  return isUp(unit) ? [record, { kind: 'stop', why: 'asked for' }] : [record];
}

/** Puts a system in quarantine, and goes on with what is left to run. */
function condemn(situation: Valid, observed: Observed, entry: Quarantine): Outcome {
  const action: Action = { kind: 'quarantine', entry, why: entry.reason };
  return then([action], { ...situation, lasting: withQuarantine(situation.lasting, entry) }, observed);
}

/**
 * Whether what is in quarantine was started by somebody else all the same, and is healthy. Not after a live switch: one
 * that failed may leave a guest healthy.
 */
function hasComeUp(situation: Situation, { booted, verdict }: Observed, desired: Start | undefined): boolean {
  return same(booted, desired) && switched(situation) === undefined && verdict?.complaint === '';
}

function redeem(situation: Valid, observed: Observed): Outcome {
  const { quarantined: _, ...lasting } = situation.lasting;
  const action: Action = { kind: 'unquarantine', why: 'it was started from outside nspawnd and is healthy' };
  return then([action], { ...situation, lasting }, observed);
}

/**
 * Somebody else's job, or systemd's own restart after a crash, is under way: its end wakes us. Between two
 * such restarts (`auto-restart`) a changed system may step in, so that a fix need not wait for the loop's end.
 */
function inTransition(
  unit: UnitState | undefined,
  { files, request }: Situation,
  wanted: Start | undefined,
): boolean {
  if (unit === undefined) return false;
  if (unit.sub.startsWith('auto-restart')) {
    return request === undefined && (wanted === undefined || committed(files, wanted));
  }
  return unit.job !== '' || ['activating', 'deactivating', 'reloading'].includes(unit.active);
}
