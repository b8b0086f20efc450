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
import { committed, header, isUp, type Observed, observe, remember, same, switched } from './observed.ts';
import { prepare, rootActions, sameFiles, withGood } from './prepare.ts';
import type { Lasting, Quarantine, Situation, Snapshot, UnitState } from './situation.ts';

/** What is to be done to one container now, and what is to be said of it. */
export interface Plan extends Observed {
  readonly state: ContainerState;
  readonly reason: string;
  /** Store path that the profile points to, '' when it points to none. */
  readonly desired: string;
  readonly actions: readonly Action[];
  /** What will be lasting when the actions are done. */
  readonly lasting: Lasting;
  /** Nothing of it is left: forget the name. */
  readonly gone: boolean;
  /** Something that isn't our job is under way, and its end is to be waited for. */
  readonly settling: boolean;
  /** Why what was asked for can't be done at all. */
  readonly refusal?: Refusal;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Decides, from everything known about one container, what to do. Pure: the same situation gives the same
 * plan, and once the plan has succeeded the next one is empty.
 */
export function plan(situation: Situation): Plan {
  const observed = observe(situation);
  const bookkeeping = situation.declared.kind === 'absent' ? [] : remember(situation, observed);
  const outcome = decide(situation, observed);
  return {
    ...observed,
    desired: situation.resolved?.kind === 'system' ? situation.resolved.system : '',
    gone: false,
    settling: false,
    lasting: situation.lasting,
    ...outcome,
    actions: [...bookkeeping, ...outcome.actions],
  };
}

const ON_REQUEST = 'stopped on request';
const START = { kind: 'start', system: '' } as const;
const GAVE_UP = 'the machine failed and systemd gave up restarting it';

type Outcome = Pick<Plan, 'state' | 'reason' | 'actions'> & Partial<Plan>;
/** What runs, or failed, was found bad: what is to be done follows from that. */
interface Condemned {
  readonly condemned: Quarantine;
}
type Valid = Situation & { declared: { kind: 'valid' } };
type Target = Exclude<Aim, { kind: 'none' }>;

function decide(situation: Situation, observed: Observed): Outcome {
  const { declared, resolved, conflict, lasting } = situation;
  if (declared.kind === 'absent') return vanish(situation);
  if (declared.kind === 'invalid') return leaveAlone('invalid', declared.reason, situation);
  if (conflict !== '') return leaveAlone('invalid', conflict, situation);
  const valid = { ...situation, declared };
  const changed = changeLasting(valid, observed);
  if (changed !== undefined) return changed;
  if (resolved?.kind === 'waiting' && lasting.hold === undefined)
    return leaveAlone('waiting', resolved.reason, situation);
  return converge(valid, observed);
}

/** A container without a usable declaration or system is not touched, but may be stopped on request. */
function leaveAlone(state: ContainerState, reason: string, { request, unit }: Situation): Outcome {
  return { state, reason, actions: request?.kind === 'stop' ? stopOnRequest(unit) : [] };
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

/** Requests, and news of the profile or the declaration, that change what is remembered beyond this boot. */
function changeLasting(situation: Valid, observed: Observed): Outcome | undefined {
  const { request, lasting } = situation;
  const { request: _, ...answered } = situation;
  const { hold: present, ...unheld } = lasting;
  switch (request?.kind) {
    case 'hold': {
      if (present !== undefined) return undefined;
      const snapshot = presentSnapshot(situation, observed.runs);
      if (snapshot === undefined)
        return refuse(answered, observed, 'Failed', 'there is nothing to hold it on');
      return hold(snapshot, 'asked for', answered, observed);
    }
    case 'unhold':
      if (present === undefined) return undefined;
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

/** The root comes first: the system must not be collected before it is needed. */
function hold(snapshot: Snapshot, why: string, situation: Situation, observed: Observed): Outcome {
  const roots = { ...situation.roots, held: snapshot.system };
  const actions: Action[] = [
    { kind: 'root', root: 'held', system: snapshot.system },
    { kind: 'hold', hold: snapshot, why },
  ];
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
  const crash = crashLoop(situation, aim);
  if (crash !== undefined) return condemn(situation, observed, crash);
  if (inTransition(unit, situation, wanted)) return { ...transition(unit), actions: roots };
  if (wanted === undefined || aim.kind === 'none') return { ...failed(reasonOf(aim)), actions: roots };
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
function crashLoop({ unit, lasting, files, declared, boot }: Valid, aim: Aim): Quarantine | undefined {
  if (aim.kind !== 'desired' || unit?.sub.startsWith('auto-restart') !== true) return undefined;
  const { lastGood } = lasting;
  const { rollback, strategy } = declared.declaration.activation;
  const alternative =
    rollback && strategy !== 'none' && lastGood !== undefined && !same(lastGood, aim.snapshot);
  const crashed = committed(files, aim.snapshot) && unit.result !== 'success';
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

function convergeRunning(situation: Valid, observed: Observed, aim: Target): Outcome | Condemned {
  const { request, unit } = situation;
  const { runs, booted } = observed;
  const { snapshot } = aim;
  const from = runs?.system ?? '';
  if (request?.kind === 'restart') return restart(from, snapshot, 'asked for');
  const gap = gapOf(situation, observed, aim);
  if (gap.kind === 'restart') return restart(from, snapshot, gap.why);
  const begun = switched(situation);
  if (begun !== undefined && !begun.finished) {
    const start = { system: begun.system, fingerprint: booted?.fingerprint ?? '' };
    const why = 'its end is not on record';
    return live({ from: booted?.system ?? '', start, invocation: begun.invocation, resume: true, why });
  }
  if (gap.kind === 'switch') {
    return live({ from, start: snapshot, invocation: unit?.invocation ?? '', resume: false, why: gap.why });
  }
  return judge(situation, observed, aim, gap.kind === 'later' ? gap.why : '');
}

/** What it takes to get from what runs to what is wanted. */
type Gap =
  | { readonly kind: 'none' }
  | { readonly kind: 'restart' | 'switch' | 'later'; readonly why: string };

function gapOf({ declared, lasting }: Valid, { runs }: Observed, { kind, snapshot }: Target): Gap {
  if (same(runs, snapshot)) return { kind: 'none' };
  if (kind === 'held') {
    const there = runs?.system === snapshot.system;
    return there ? { kind: 'none' } : { kind: 'restart', why: `it is to be held on ${snapshot.system}` };
  }
  if (kind === 'last-good')
    return { kind: 'restart', why: `returning to the last good system: ${bad(lasting)}` };
  const { strategy } = declared.declaration.activation;
  const why = difference(runs, snapshot);
  if (strategy === 'none') return { kind: 'later', why: `${why}; strategy none: applies at the next start` };
  if (runs === undefined || strategy === 'restart') return { kind: 'restart', why };
  if (strategy === 'dynamic') {
    return { kind: runs.fingerprint === snapshot.fingerprint ? 'switch' : 'restart', why };
  }
  if (runs.system !== snapshot.system) return { kind: 'switch', why };
  return { kind: 'later', why: `${why}; strategy reload: they apply at the next start` };
}

/** The machine runs what it should, or all that it can for now: is it healthy? */
function judge(situation: Valid, observed: Observed, aim: Target, later: string): Outcome | Condemned {
  const { lasting, unit, boot, declared } = situation;
  const { runs, verdict } = observed;
  const { lastGood } = lasting;
  const proven = same(runs, lastGood);
  const reached = same(runs, aim.snapshot) || switched(situation)?.system === aim.snapshot.system;
  const onTrial =
    aim.kind === 'desired' && reached && !proven && declared.declaration.activation.strategy !== 'none';
  if (verdict === undefined) {
    const action: Action = {
      kind: 'check',
      invocation: unit?.invocation ?? '',
      system: runs?.system ?? '',
    };
    const said = onTrial ? trial(lastGood) : wellSaid(aim, lasting, later);
    const actions = runs === undefined || unit?.active !== 'active' ? [] : [action];
    return { ...said, actions, settling: actions.length > 0 };
  }
  if (verdict.complaint !== '' && onTrial) {
    const reason = `${aim.snapshot.system} is not healthy: ${verdict.complaint}`;
    return { condemned: { ...startOf(aim.snapshot), reason, boot } };
  }
  const said = wellSaid(aim, lasting, later);
  const units = verdict.failedUnits.length > 0 ? `failed units: ${verdict.failedUnits.join(', ')}` : '';
  if (verdict.complaint !== '') {
    const state = aim.kind === 'last-good' ? 'failed' : 'degraded';
    return { state, reason: `${said.reason}, but it is not healthy: ${verdict.complaint}`, actions: [] };
  }
  const plain = said.state === 'running' && units !== '';
  const outcome: Outcome = {
    state: plain ? 'degraded' : said.state,
    reason: units === '' ? said.reason : `${said.reason}; ${units}`,
    actions: [],
  };
  const news = aim.kind === 'desired' && same(runs, aim.snapshot) && !isKnownGood(lasting, aim.snapshot);
  if (!news) return outcome;
  const good: Action = { kind: 'keep-good', good: aim.snapshot, why: 'it was found healthy' };
  const kept = withGood(lasting, aim.snapshot);
  const root: Action = { kind: 'root', root: 'last-good', system: aim.snapshot.system };
  const actions = lastGood?.system === aim.snapshot.system ? [good] : [good, root];
  return { ...outcome, lasting: kept, actions };
}

function isKnownGood({ lastGood, quarantined = [] }: Lasting, snapshot: Snapshot): boolean {
  return (
    lastGood !== undefined &&
    same(lastGood, snapshot) &&
    sameFiles(lastGood, snapshot) &&
    quarantined.length === 0
  );
}

function trial(lastGood: Snapshot | undefined): Outcome {
  return {
    state: lastGood === undefined ? 'starting' : 'updating',
    reason: 'asking the guest for its health',
    actions: [],
  };
}

/** What is said of a healthy machine. */
function wellSaid({ kind, snapshot }: Target, lasting: Lasting, later: string): Outcome {
  const said = (state: ContainerState, reason: string): Outcome => ({ state, reason, actions: [] });
  if (kind === 'held') return said('held', `held on ${snapshot.system}`);
  if (kind === 'last-good') {
    return said('rolled-back', `runs the last good system ${snapshot.system}: ${bad(lasting)}`);
  }
  return said('running', later === '' ? 'runs the desired system' : later);
}

/** Puts a system in quarantine, and goes on with what is left to run. */
function condemn(situation: Valid, observed: Observed, entry: Quarantine): Outcome {
  const action: Action = { kind: 'quarantine', entry, why: entry.reason };
  return then([action], { ...situation, lasting: withQuarantine(situation.lasting, entry) }, observed);
}

function bad({ quarantined = [] }: Lasting): string {
  return quarantined[0]?.reason ?? 'the desired one is in quarantine';
}

function convergeStopped(situation: Valid, observed: Observed, aim: Target): Outcome | Condemned {
  const { declared, request, record, lasting, boot } = situation;
  const { autoStart, activation } = declared.declaration;
  const { crashed } = observed;
  const { snapshot } = aim;
  if (request !== undefined) return start(snapshot, 'asked for');
  if (record.stopped !== undefined) return stopped(record.stopped);
  if (same(crashed, snapshot)) {
    const unproven = aim.kind === 'desired' && !same(lasting.lastGood, snapshot);
    if (!unproven) return failed(GAVE_UP);
    return { condemned: { ...startOf(snapshot), reason: GAVE_UP, boot } };
  }
  if (same(record.failure, snapshot)) return failed(`${snapshot.system} could not be started`);
  if (record.failure !== undefined || crashed !== undefined) {
    if (aim.kind === 'last-good')
      return start(snapshot, `returning to the last good system: ${bad(lasting)}`);
    if (activation.strategy === 'none') return failed('failed; strategy none: start it by hand');
    return start(snapshot, 'the system or units that failed have changed');
  }
  if (record.started !== undefined) {
    return stopped('stopped from outside nspawnd (machinectl, systemctl or the guest itself)');
  }
  if (!autoStart) return stopped('not started automatically (autoStart is false)');
  return start(snapshot, 'declared with autoStart, and not yet started');
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

function start(wanted: Snapshot, why: string): Outcome {
  return { state: 'starting', reason: why, actions: [{ kind: 'start', start: startOf(wanted), why }] };
}

function restart(from: string, wanted: Snapshot, why: string): Outcome {
  const action: Action = { kind: 'restart', from, start: startOf(wanted), why };
  return { state: 'updating', reason: why, actions: [action] };
}

function live(action: Omit<Extract<Action, { kind: 'switch' }>, 'kind'>): Outcome {
  const start = startOf(action.start);
  return { state: 'updating', reason: action.why, actions: [{ kind: 'switch', ...action, start }] };
}

function startOf({ system, fingerprint }: Start): Start {
  return { system, fingerprint };
}

function difference(runs: Start | undefined, wanted: Start): string {
  if (runs === undefined) return 'it runs without units of ours';
  return runs.system === wanted.system ? 'its units changed' : 'the profile points to another system';
}
