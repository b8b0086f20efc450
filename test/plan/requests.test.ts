import { describe, expect, it } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import type { Request, Situation } from '../../src/plan/situation.ts';
import { good, OLD, roots, settled, snapshot, started, startOf, steps } from './container.ts';

/** Stopped from outside. */
function stopped(extra: Partial<Situation> = {}): Situation {
  const { unit: _, ...down } = settled({
    record: started(OLD, 'a'),
    roots: roots({ desired: OLD, 'last-good': OLD }),
    ...extra,
  });
  return down;
}

const asked = (kind: Request['kind']): Partial<Situation> => ({ request: { kind, system: '' } });

describe('a machine that is stopped', () => {
  const held = { lasting: { lastGood: good(OLD), hold: snapshot(OLD) } };
  const heldRoots = { roots: roots({ desired: OLD, 'last-good': OLD, held: OLD }) };

  it('is not started by Hold or Unhold, be there anything to do for them or not', () => {
    expect(steps(plan(stopped(asked('hold'))).actions)).toEqual(['root', 'hold']);
    expect(steps(plan(stopped({ ...held, ...heldRoots, ...asked('unhold') })).actions)).toEqual([
      'unhold',
      'unroot',
    ]);
    for (const nothing of [{ ...held, ...heldRoots, ...asked('hold') }, asked('unhold')]) {
      expect(plan(stopped(nothing))).toMatchObject({ state: 'stopped', actions: [] });
    }
  });

  it('stays so where everything that it could run is in quarantine', () => {
    const lasting = { quarantined: [{ ...startOf(OLD), reason: 'its init died', boot: 'boot' }] };
    const failure = { ...started(OLD, 'a'), failure: startOf(OLD) };
    for (const [record, state] of [
      [{ ...failure, stopped: 'stopped on request' }, 'stopped'],
      [started(OLD, 'a'), 'stopped'],
      [failure, 'failed'],
      [{}, 'failed'],
    ] as const) {
      const down = stopped({ record, lasting, roots: roots({ desired: OLD }) });
      expect(plan(down)).toMatchObject({ state, actions: [] });
    }
  });
});

it('nothing but a stop can be asked of a container whose declaration is gone', () => {
  const absent = { declared: { kind: 'absent' } as const };
  for (const kind of ['hold', 'start'] as const) {
    expect(plan(settled({ ...absent, ...asked(kind) })).refusal).toMatchObject({ code: 'NoSuchContainer' });
  }
  expect(plan(settled({ ...absent, ...asked('stop') })).refusal).toBeUndefined();
});
