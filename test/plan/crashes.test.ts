import { describe, expect, it } from 'vitest';
import { recordAfter } from '../../src/plan/effects.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Situation, UnitState } from '../../src/plan/situation.ts';
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
  started,
  startOf,
  steps,
  told,
} from './container.ts';

/** Invocation `a` crashed, and systemd is about to start the machine again. */
const crashed: UnitState = {
  ...active('a'),
  active: 'activating',
  sub: 'auto-restart',
  result: 'exit-code',
};

/** OLD runs as invocation `a` and is good, NEW is desired. */
function flipped(activation: object, extra: Partial<Situation> = {}): Situation {
  return settled({
    declared: { kind: 'valid', declaration: declaration({ activation }) },
    resolved: { kind: 'system', system: NEW },
    rendered: rendering(NEW, { activation }),
    roots: roots({ desired: NEW, running: OLD, 'last-good': OLD }),
    ...extra,
  });
}

describe('a crash before systemd starts the machine again', () => {
  it('condemns the system that crashed, where another one is good', () => {
    const { actions } = plan(
      flipped({}, { unit: { ...crashed, invocation: 'b' }, files: onDisk(rendering(NEW)) }),
    );
    expect(steps(actions)).toEqual(['remember', 'quarantine', 'write', 'restart']);
    expect(actions.at(-1)).toMatchObject({ start: startOf(OLD) });
  });

  it('puts on record what crashed, before its files give way to those of a newer system', () => {
    const before = flipped({}, { unit: { ...crashed, invocation: 'b' }, files: onDisk(rendering(OLD)) });
    const { actions } = plan(before);
    expect(steps(actions)).toEqual(['remember', 'write', 'restart']);
    const record = actions.reduce(recordAfter, before.record);
    expect(plan({ ...before, record, files: onDisk(rendering(NEW)) })).toMatchObject({
      booted: startOf(OLD),
      actions: [],
    });
  });

  it('condemns a system that was switched to', () => {
    const { actions } = plan(
      flipped(
        { strategy: 'reload' },
        {
          unit: crashed,
          files: onDisk(rendering(NEW)),
          record: { ...started(OLD, 'a'), switch: { invocation: 'a', system: NEW, finished: true } },
        },
      ),
    );
    expect(steps(actions)).toEqual(['quarantine', 'write', 'restart']);
  });

  it('says nothing of the system that is to be started next, and was not yet', () => {
    const waiting = plan(flipped({}, { unit: crashed, files: onDisk(rendering(NEW)) }));
    expect(waiting).toMatchObject({ actions: [], state: 'starting', settling: true });
  });
});

describe('between a crash and the start by systemd', () => {
  const coming = { state: 'starting', settling: true };

  it('a request to start is met by that start', () => {
    const request = { kind: 'start', system: '' } as const;
    expect(plan(settled({ unit: crashed, request }))).toMatchObject({ actions: [], ...coming });
  });

  it('nothing is switched live: the new system is started', () => {
    for (const strategy of ['reload', 'dynamic']) {
      const { actions } = plan(flipped({ strategy }, { unit: crashed }));
      expect(actions.at(-1)).toMatchObject({ kind: 'restart', start: startOf(NEW) });
    }
  });

  it('strategy none puts the new units in place for it', () => {
    const none = plan(flipped({ strategy: 'none' }, { unit: crashed }));
    expect(told(none.actions)).toEqual(['render']);
    expect(none).toMatchObject(coming);
  });

  it('so does the return to a good system that is the one which crashed', () => {
    const quarantined = [{ ...startOf(NEW), reason: 'init died', boot: 'boot' }];
    const files = onDisk(rendering(NEW));
    const back = plan(flipped({}, { unit: crashed, files, lasting: { lastGood: good(OLD), quarantined } }));
    expect(told(back.actions)).toEqual(['render']);
    expect(back).toMatchObject(coming);
  });
});

describe('a machine that failed', () => {
  const failed = (result: string): UnitState => ({ ...active('a'), active: 'failed', sub: 'failed', result });

  it('since it took too long to stop was stopped by somebody, and crashed not', () => {
    const stopped = plan(settled({ unit: failed('timeout') }));
    expect([stopped.state, stopped.reason]).toEqual(['stopped', expect.stringContaining('from outside')]);
    expect(plan(settled({ unit: failed('exit-code') })).state).toBe('failed');
  });

  it('since it took too long to start did so, also when it is looked at again', () => {
    const hung = settled({ unit: { ...failed('timeout'), invocation: 'b' } });
    const first = plan(hung);
    expect([first.state, steps(first.actions)]).toEqual(['failed', ['remember', 'unroot']]);
    const record = { started: { ...startOf(OLD), invocation: 'b' }, failure: startOf(OLD) };
    expect(plan({ ...hung, record }).state).toBe('failed');
  });

  it('is tried again when it is down, desired, and in no quarantine any more', () => {
    const { unit: _, ...down } = settled({ record: { failure: startOf(OLD) } });
    expect(plan(down).actions.at(-1)).toMatchObject({ kind: 'start', why: 'may be tried again' });
  });
});
