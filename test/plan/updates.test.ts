import { describe, expect, it } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import type { Lasting, Situation } from '../../src/plan/situation.ts';
import {
  active,
  declaration,
  good,
  NEW,
  OLD,
  onDisk,
  rendering,
  roots,
  settled,
  snapshot,
  started,
  startOf,
  steps,
  told,
  verdict,
  well,
} from './container.ts';

/** NEW is desired, runs as invocation `b`, and OLD is what was good. */
function trial(extra: Partial<Situation> = {}, activation: object = {}): Situation {
  return settled({
    declared: { kind: 'valid', declaration: declaration({ activation }) },
    resolved: { kind: 'system', system: NEW },
    rendered: rendering(NEW, { activation }),
    files: onDisk(rendering(NEW, { activation })),
    unit: active('b'),
    record: started(NEW, 'b'),
    roots: roots({ desired: NEW, running: NEW, 'last-good': OLD }),
    ...extra,
  });
}

const quarantine = (system: string, reason = 'failed units: nginx.service', boot = 'boot') => ({
  ...startOf(system),
  reason,
  boot,
});
const badNews = { ...started(NEW, 'b'), ...verdict(NEW, 'b', 'failed units: nginx.service') };

describe('a system on trial', () => {
  it('is asked how it is, and that is waited for', () => {
    const { actions, state, settling } = plan(trial());
    expect(actions).toEqual([{ kind: 'check', invocation: 'b', system: NEW, settle: 3000, needsBus: true }]);
    expect([state, settling]).toEqual(['updating', true]);
  });

  it('is watched for as long as declared; one that is proven, or held, is not', () => {
    const settle = (situation: Situation) =>
      plan(situation).actions.flatMap(action => (action.kind === 'check' ? action.settle : []));
    expect(settle(trial({}, { settle: '1min' }))).toEqual([60_000]);
    expect(settle(trial({}, { settle: '0s' }))).toEqual([0]);
    expect(settle(trial({ lasting: { lastGood: good(NEW) } }))).toEqual([0]);
    expect(settle(trial({ lasting: { hold: snapshot(NEW) } }))).toEqual([0]);
    expect(settle(trial({ lasting: { quarantined: [quarantine(NEW)] } }))).toEqual([3000]);
  });

  it('needs a bus where the last good one is known to have had one, unless what fails is accepted', () => {
    const needsBus = (lasting: Situation['lasting'], activation: object = {}) =>
      plan(trial({ lasting }, activation)).actions.flatMap(action =>
        action.kind === 'check' ? action.needsBus : [],
      );
    expect(needsBus({ lastGood: good(OLD) })).toEqual([true]);
    expect(needsBus({ lastGood: good(OLD) }, { allowDegraded: true })).toEqual([false]);
    expect(needsBus({ lastGood: { ...good(OLD), bus: false } })).toEqual([false]);
    expect(needsBus({ lastGood: snapshot(OLD) })).toEqual([false]);
    expect(needsBus({})).toEqual([false]);
  });

  it('tells how far its check is, which goes for that machine and that system only', () => {
    const said = { reason: 'healthy, watched for 3s more', isStuck: false };
    const of = (invocation: string, system: string) =>
      plan(trial({ record: { ...started(NEW, 'b'), trial: { invocation, system, ...said } } })).reason;
    expect(of('b', NEW)).toBe(said.reason);
    expect(of('a', NEW)).toBe('asking the guest for its health');
    expect(of('b', OLD)).toBe('asking the guest for its health');
  });

  it('that cannot be asked for something on the host binds nobody, and is condemned for nothing', () => {
    const reason = 'cannot ask the guest for its health: no socket';
    const stuck = (system: string) => ({ trial: { invocation: 'b', system, reason, isStuck: true } });
    const { actions, ...todo } = plan(trial({ record: { ...started(NEW, 'b'), ...stuck(NEW) } }));
    expect(todo).toMatchObject({ state: 'failed', reason, settling: false });
    expect(steps(actions)).toEqual(['check']);
    const proven = { record: { ...started(NEW, 'b'), ...stuck(NEW) }, lasting: { lastGood: good(NEW) } };
    expect(plan(trial(proven))).toMatchObject({
      ...{ state: 'running', reason: `runs the desired system; ${reason}`, settling: false },
    });
  });

  it('goes into quarantine with the last lines of what failed', () => {
    const evidence = ['nginx.service: bind() to 0.0.0.0:80 failed'];
    const { verdict: heard } = verdict(NEW, 'b', 'failed units: nginx.service');
    const { lasting } = plan(trial({ record: { ...started(NEW, 'b'), verdict: { ...heard, evidence } } }));
    expect(lasting.quarantined).toMatchObject([{ system: NEW, evidence }]);
  });

  it('is good with or without a bus, and that is kept', () => {
    const record = (guestState: string) => {
      const { verdict: heard } = verdict(NEW, 'b');
      return { ...started(NEW, 'b'), verdict: { ...heard, guestState } };
    };
    expect(plan(trial({ record: record('running') })).lasting.lastGood?.bus).toBe(true);
    expect(plan(trial({ record: record('') })).lasting.lastGood?.bus).toBe(false);
  });

  it('becomes the last good one when it is healthy, and what was so stays known', () => {
    const { actions, state, lasting } = plan(trial({ record: well(NEW, 'b') }));
    expect(actions.map(action => action.kind)).toEqual(['keep-good', 'root']);
    expect(state).toBe('running');
    expect(lasting.lastGood?.system).toBe(NEW);
    expect(lasting.previousGood?.system).toBe(OLD);
  });

  it('goes into quarantine when it is not, and the last good one comes back with its units', () => {
    const { actions, state, reason } = plan(trial({ record: badNews }));
    expect(steps(actions)).toEqual(['quarantine', 'write', 'restart']);
    expect(actions.at(-1)).toMatchObject({ from: NEW, start: startOf(OLD) });
    const written = actions.find(action => action.kind === 'write');
    expect(written).toMatchObject({ file: snapshot(OLD).files.find(({ kind }) => kind === 'nspawn') });
    expect(state).toBe('updating');
    expect(reason).toContain('nginx.service');
  });

  it('is left running when there is nothing to return to', () => {
    const first = plan(trial({ record: badNews, lasting: {}, roots: roots({ desired: NEW, running: NEW }) }));
    expect(steps(first.actions)).toEqual(['quarantine']);
    expect(first.state).toBe('failed');
    expect(first.reason).toContain('no last good system');
  });

  it('is left running when activation.rollback is false', () => {
    const { actions, state, reason } = plan(trial({ record: badNews }, { rollback: false }));
    expect(steps(actions)).toEqual(['quarantine']);
    expect([state, reason]).toEqual(['failed', expect.stringContaining('activation.rollback is false')]);
  });

  it('is waited for also when there is nothing to return to and it was started anew', () => {
    const again = plan(
      trial({ lasting: { quarantined: [quarantine(NEW)] }, roots: roots({ desired: NEW, running: NEW }) }),
    );
    expect([steps(again.actions), again.state, again.settling]).toEqual([['check'], 'failed', true]);
  });

  it('is not judged when another one is desired meanwhile', () => {
    const third = NEW.replace('1111', '2222');
    const { actions } = plan(
      trial({ record: badNews, resolved: { kind: 'system', system: third }, rendered: rendering(third) }),
    );
    expect(told(actions)).toEqual(['render', 'restart']);
  });
});

/** NEW was found bad, OLD runs again as invocation `c`. */
function rolledBack(extra: Partial<Situation> = {}): Situation {
  return trial({
    files: onDisk(rendering(OLD)),
    unit: active('c'),
    record: well(OLD, 'c'),
    lasting: { lastGood: good(OLD), quarantined: [quarantine(NEW)] },
    roots: roots({ desired: NEW, running: OLD, 'last-good': OLD }),
    ...extra,
  });
}

describe('a container that was rolled back', () => {
  it('stays so, and says why', () => {
    const { actions, state, reason } = plan(rolledBack());
    expect([actions, state]).toEqual([[], 'rolled-back']);
    expect(reason).toContain('nginx.service');
  });

  it('is not judged anew by the boot of the host', () => {
    expect(plan(rolledBack({ boot: 'another' }))).toMatchObject({ state: 'rolled-back', actions: [] });
  });

  it('tries the desired system again with other units', () => {
    const extra = { binds: { '/data': {} } };
    const { actions } = plan(
      rolledBack({
        declared: { kind: 'valid', declaration: declaration(extra) },
        rendered: rendering(NEW, extra),
      }),
    );
    expect(told(actions)).toEqual(['unquarantine', 'render', 'restart']);
  });

  it('is asked no more than the profile to be well again', () => {
    const back = plan(rolledBack({ resolved: { kind: 'system', system: OLD }, rendered: rendering(OLD) }));
    expect(steps(back.actions)).toEqual(['root', 'unquarantine']);
    expect(back.state).toBe('running');
  });

  it('tries again on Retry', () => {
    const { actions } = plan(rolledBack({ request: { kind: 'retry', system: '' } }));
    expect(told(actions)).toEqual(['unquarantine', 'render', 'restart']);
    expect(actions.at(-1)).toMatchObject({ start: startOf(NEW) });
  });

  it('fails without a loop when the last good system fails too', () => {
    const lasting = { lastGood: good(OLD), quarantined: [quarantine(NEW), quarantine(OLD, 'init died')] };
    const { unit: _, ...down } = rolledBack({ lasting, record: { failure: startOf(OLD) } });
    const { actions, state, reason } = plan({ ...down, roots: roots({ desired: NEW, 'last-good': OLD }) });
    expect([actions, state]).toEqual([[], 'failed']);
    expect(reason).toMatch(/nginx\.service.*init died/);
    // A boot of the host is a change of the world: once more, with what was good.
    const rebooted = { ...down, record: {}, boot: 'next', roots: roots({ desired: NEW, 'last-good': OLD }) };
    expect(plan(rebooted).actions.at(-1)).toMatchObject({ kind: 'start', start: startOf(OLD) });
  });
});

describe('a system in quarantine that somebody started by hand', () => {
  const entry = quarantine(NEW, 'init died');
  const byHand = (record: Situation['record']) =>
    trial({
      record,
      lasting: { quarantined: [entry] },
      roots: roots({ desired: NEW, running: NEW }),
    });

  it('is asked how it is, and good when it is well', () => {
    expect(plan(byHand(started(NEW, 'b')))).toMatchObject({
      state: 'failed',
      actions: [{ kind: 'check', invocation: 'b', system: NEW }],
    });
    const { state, actions, lasting } = plan(byHand(well(NEW, 'b')));
    expect([state, steps(actions)]).toEqual(['running', ['unquarantine', 'keep-good', 'root']]);
    expect(lasting).toEqual({ lastGood: good(NEW) });
  });

  it('stays in quarantine when it is not, or when it was only switched to', () => {
    expect(plan(byHand(badNews))).toMatchObject({ state: 'failed', actions: [] });
    const halfway = { ...started(OLD, 'b'), ...verdict(NEW, 'b') };
    const failed = byHand({ ...halfway, switch: { invocation: 'b', system: NEW, finished: true } });
    const booted = { ...failed, roots: { ...failed.roots, booted: OLD } };
    expect(plan(booted)).toMatchObject({ state: 'failed', actions: [] });
  });
});

describe('a start that failed', () => {
  it('is followed by a start of the last good system', () => {
    const { unit: _, ...down } = trial({
      record: { failure: startOf(NEW) },
      lasting: { lastGood: good(OLD), quarantined: [quarantine(NEW, 'init died')] },
      roots: roots({ desired: NEW, 'last-good': OLD }),
    });
    const { actions } = plan(down);
    expect(steps(actions)).toEqual(['write', 'start']);
    expect(actions.at(-1)).toMatchObject({ start: startOf(OLD) });
  });

  it('is undone also when the profile leads nowhere meanwhile, once', () => {
    const {
      unit: _,
      rendered: __,
      ...down
    } = trial({
      record: { failure: startOf(NEW) },
      lasting: { lastGood: good(OLD), quarantined: [quarantine(NEW, 'init died')] },
      resolved: { kind: 'waiting', reason: 'waiting for the profile' },
      roots: roots({ desired: NEW, 'last-good': OLD }),
    });
    expect(steps(plan(down).actions)).toEqual(['write', 'start']);
    expect(plan(down).actions.at(-1)).toMatchObject({ start: startOf(OLD) });
    for (const record of [{ failure: startOf(OLD) }, { failure: startOf(NEW), stopped: 'on request' }]) {
      expect(plan({ ...down, record })).toMatchObject({ state: 'waiting', actions: [] });
    }
  });

  it('is tried once in each boot of the host where nothing was ever good', () => {
    const lasting: Lasting = { quarantined: [quarantine(NEW, 'init died')] };
    const { unit: _, ...down } = trial({ record: {}, lasting, roots: roots({ desired: NEW }) });
    expect(plan(down)).toMatchObject({ state: 'failed', actions: [] });
    expect(steps(plan({ ...down, boot: 'next' }).actions)).toEqual(['start']);
  });
});

describe('a live switch', () => {
  const flipped = (activation: object, extra: Partial<Situation> = {}, options: object = {}) =>
    settled({
      declared: { kind: 'valid', declaration: declaration({ activation, ...options }) },
      resolved: { kind: 'system', system: NEW },
      rendered: rendering(NEW, { activation, ...options }),
      ...extra,
    });
  const reload = { strategy: 'reload' };
  const dynamic = { strategy: 'dynamic' };
  const changed = { binds: { '/data': {} } };

  it('is what reload does, and dynamic where only the system changed', () => {
    for (const activation of [reload, dynamic]) {
      const { actions } = plan(flipped(activation));
      expect(actions.at(-1)).toMatchObject({ kind: 'switch', from: OLD, start: startOf(NEW), resume: false });
    }
  });

  it('is not what dynamic does where the units changed as well', () => {
    expect(plan(flipped(dynamic, {}, changed)).actions.at(-1)).toMatchObject({ kind: 'restart' });
    expect(plan(flipped(reload, {}, changed)).actions.at(-1)).toMatchObject({ kind: 'switch' });
  });

  const switchedTo = (finished: boolean) => ({
    unit: active('a'),
    record: { ...started(OLD, 'a'), switch: { invocation: 'a', system: NEW, finished } },
    files: onDisk(rendering(NEW)),
    roots: roots({ desired: NEW, running: NEW, booted: OLD, 'last-good': OLD }),
  });

  it('that nobody saw the end of is looked after first', () => {
    const { actions } = plan(flipped(reload, switchedTo(false)));
    expect(actions.at(-1)).toMatchObject({ kind: 'switch', start: { system: NEW }, resume: true });
  });

  it('that nobody saw the end of is still about the pair that is desired', () => {
    const { actions } = plan(flipped(reload, switchedTo(false), changed));
    expect(actions.at(-1)).toMatchObject({ start: startOf(NEW, { activation: reload, ...changed }) });
  });

  it('leads to a trial, in which booted and running differ', () => {
    const { actions, booted, runs } = plan(flipped(reload, switchedTo(true)));
    expect(actions.at(-1)).toMatchObject({ kind: 'check', system: NEW });
    expect([booted?.system, runs?.system]).toEqual([OLD, NEW]);
  });

  it('that is healthy is good with the units that it runs with, though others apply at the next start', () => {
    const { record, ...rest } = switchedTo(true);
    const healthy = flipped(reload, { ...rest, record: { ...record, ...verdict(NEW, 'a') } }, changed);
    const { lasting, actions } = plan(healthy);
    expect(steps(actions)).toContain('keep-good');
    expect(lasting.lastGood).toEqual(good(NEW));
    const next = { ...healthy, lasting, roots: { ...healthy.roots, desired: NEW, 'last-good': NEW } };
    expect(steps(plan(next).actions)).not.toContain('keep-good');
  });

  it('roots what it is to run and keeps what it was started from, before it begins', () => {
    const { roots: _, ...begun } = flipped(reload, switchedTo(false));
    const { actions } = plan({ ...begun, roots: roots({ desired: NEW, running: OLD, 'last-good': OLD }) });
    expect(actions.slice(0, 2)).toEqual([
      { kind: 'root', root: 'booted', system: OLD },
      { kind: 'root', root: 'running', system: NEW },
    ]);
  });

  it('to what is not healthy is undone by a restart', () => {
    const { record, ...rest } = switchedTo(true);
    const { actions } = plan(
      flipped(reload, { ...rest, record: { ...record, ...verdict(NEW, 'a', 'the probe failed') } }),
    );
    expect(actions.find(({ kind }) => kind === 'quarantine')).toMatchObject({
      entry: startOf(NEW, { activation: reload }),
    });
    expect(actions.at(-1)).toMatchObject({ kind: 'restart', start: startOf(OLD) });
  });
});

describe('hold', () => {
  const held: Lasting = { lastGood: good(OLD), hold: snapshot(OLD) };
  const heldRoots = roots({ desired: OLD, running: OLD, 'last-good': OLD, held: OLD });

  it('roots and keeps what runs', () => {
    const { actions, state } = plan(settled({ request: { kind: 'hold', system: '' } }));
    expect(steps(actions)).toEqual(['root', 'hold']);
    expect(state).toBe('held');
  });

  it('outlasts a flip of the profile, a change of the units, and a profile that dangles', () => {
    const flipped = settled({
      lasting: held,
      roots: { ...heldRoots, desired: NEW },
      resolved: { kind: 'system', system: NEW },
      rendered: rendering(NEW, { binds: { '/data': {} } }),
    });
    expect(plan(flipped)).toMatchObject({ state: 'held', actions: [] });
    const { rendered: _, ...dangling } = settled({ lasting: held, roots: heldRoots });
    expect(plan({ ...dangling, resolved: { kind: 'waiting', reason: 'gone' } })).toMatchObject({
      state: 'held',
      actions: [],
    });
  });

  it('ends with Unhold, and then the profile counts again', () => {
    const { actions } = plan(
      settled({
        lasting: held,
        roots: { ...heldRoots, desired: NEW },
        resolved: { kind: 'system', system: NEW },
        rendered: rendering(NEW),
        request: { kind: 'unhold', system: '' },
      }),
    );
    expect(steps(actions)).toEqual(['unhold', 'write', 'unroot', 'restart']);
  });

  it('is refused while the declaration is not valid', () => {
    const declared = { kind: 'invalid', reason: 'activation.timeout: no' } as const;
    const { refusal, actions } = plan(settled({ declared, request: { kind: 'hold', system: '' } }));
    expect([refusal?.code, actions]).toEqual(['InvalidDeclaration', []]);
  });

  it('ends while the profile dangles, and gives up its root', () => {
    const { rendered: _, ...dangling } = settled({ lasting: held, roots: heldRoots });
    const released = plan({
      ...{ ...dangling, resolved: { kind: 'waiting', reason: 'gone' } },
      request: { kind: 'unhold', system: '' },
    });
    expect(steps(released.actions)).toEqual(['unhold', 'unroot']);
    expect(released.state).toBe('waiting');
  });

  it('on what cannot be started says why', () => {
    const { unit: _, ...down } = settled({
      record: { ...started(NEW, 'b'), failure: startOf(NEW) },
      lasting: { ...held, hold: snapshot(NEW), quarantined: [quarantine(NEW, 'its init died')] },
      roots: { ...heldRoots, running: '', held: NEW },
      files: onDisk(rendering(NEW)),
    });
    expect(plan(down)).toMatchObject({ state: 'failed', reason: 'its init died', actions: [] });
  });

  it('keeps Retry from doing anything', () => {
    const { refusal, actions } = plan(
      settled({ lasting: held, roots: heldRoots, request: { kind: 'retry', system: '' } }),
    );
    expect(refusal).toMatchObject({ code: 'Busy' });
    expect(actions).toEqual([]);
  });
});

describe('a rollback on request', () => {
  it('goes to the system that was good before, and holds there', () => {
    const two = settled({
      lasting: { lastGood: good(OLD), previousGood: good(NEW) },
      request: { kind: 'rollback', system: '' },
    });
    const { actions } = plan(two);
    expect(steps(actions)).toEqual(['root', 'hold', 'write', 'restart']);
    expect(actions.at(-1)).toMatchObject({ start: startOf(NEW) });
  });

  it('stays on the last good system when the desired one is in quarantine', () => {
    const { actions, state } = plan(rolledBack({ request: { kind: 'rollback', system: '' } }));
    expect(steps(actions)).toEqual(['root', 'hold']);
    expect(state).toBe('held');
  });

  it('goes to any other system with the declared units', () => {
    const { actions } = plan(settled({ request: { kind: 'rollback', system: NEW } }));
    expect(actions.at(-1)).toMatchObject({ kind: 'restart', start: startOf(NEW) });
    const file = actions.find(action => action.kind === 'write');
    expect(file).toMatchObject({ file: rendering(NEW).files.find(({ kind }) => kind === 'nspawn') });
  });

  it('is refused where nothing else was ever good', () => {
    const { refusal, actions } = plan(settled({ request: { kind: 'rollback', system: '' } }));
    expect(refusal).toMatchObject({ code: 'NoLastGood' });
    expect(actions).toEqual([]);
  });
});
