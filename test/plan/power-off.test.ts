import { describe, expect, it } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import type { Situation, UnitState } from '../../src/plan/situation.ts';
import {
  active,
  good,
  NEW,
  OLD,
  onDisk,
  rendering,
  roots,
  settled,
  situation,
  startOf,
  steps,
  well,
} from './container.ts';

const WHY = 'stopped from outside nspawnd while it was starting';
/** Invocation `b` ended before it was ready. */
const ended = (poweredOff: boolean): UnitState => ({
  ...{ ...active('b'), active: 'failed', sub: 'failed', result: 'protocol' },
  poweredOff,
});

/** OLD was good, and NEW was being started. */
const updating = (poweredOff: boolean, extra: Partial<Situation> = {}) =>
  settled({
    resolved: { kind: 'system', system: NEW },
    rendered: rendering(NEW),
    files: onDisk(rendering(NEW)),
    roots: roots({ desired: NEW, 'last-good': OLD }),
    record: well(OLD, 'a'),
    unit: ended(poweredOff),
    ...extra,
  });

describe('a guest that was powered off before it was ready', () => {
  it('is put on record as stopped, and its unit is none that failed', () => {
    const { actions, ...said } = plan(updating(true));
    expect(said).toMatchObject({ state: 'stopped', reason: WHY });
    expect(steps(actions)).toEqual(['record-stop', 'reset-failed']);
    const recorded = { record: { ...well(OLD, 'a'), stopped: WHY } };
    expect(steps(plan(updating(true, recorded)).actions)).toEqual(['reset-failed']);
    const { unit: _, ...reset } = updating(true, recorded);
    expect(plan(reset)).toMatchObject({ state: 'stopped', reason: WHY, actions: [] });
  });

  it('is stopped though it had never been up', () => {
    const first = situation(NEW, {
      disk: rendering(NEW),
      unit: ended(true),
      roots: roots({ desired: NEW, 'last-good': '' }),
    });
    expect(plan(first)).toMatchObject({ state: 'stopped', reason: WHY });
  });

  it('is stopped in a rollback too, also while the profile points to nothing', () => {
    const rollback = {
      files: onDisk(rendering(OLD)),
      record: { ...well(OLD, 'a'), failure: startOf(NEW) },
      lasting: { lastGood: good(OLD), quarantined: [{ ...startOf(NEW), reason: 'bad', boot: 'boot' }] },
    };
    expect(plan(updating(true, rollback))).toMatchObject({ state: 'stopped', reason: WHY });
    const { rendered: _, ...waiting } = updating(true, rollback);
    const { actions } = plan({ ...waiting, resolved: { kind: 'waiting', reason: 'gone' } });
    expect(steps(actions)).not.toContain('start');
  });

  it('is started when somebody asks for it', () => {
    const { actions } = plan(updating(true, { request: { kind: 'start', system: '' } }));
    expect(actions.at(-1)).toMatchObject({ kind: 'start', start: startOf(NEW) });
  });
});

it('a guest that ended of itself before it was ready has failed', () => {
  expect(plan(updating(false))).not.toMatchObject({ state: 'stopped' });
});
