import { describe, expect, test } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import type { Verdict } from '../../src/plan/situation.ts';
import { afterwards, complaintOf, followed, type Health } from '../../src/plan/verdict.ts';
import { active, OLD, settled, startOf, steps, well } from './container.ts';

const RUNNING: Health = { state: 'running', failedUnits: [] };
const DEGRADED: Health = { state: 'degraded', failedUnits: ['late.service'] };
const heard = (complaint: string, { state, failedUnits } = RUNNING): Verdict => ({
  ...{ invocation: 'a', system: OLD, complaint, guestState: state, failedUnits },
});

describe('what is heard of a guest after its verdict', () => {
  test('changes nothing when it is the same', () => {
    const verdict = heard('');
    expect(afterwards(verdict, RUNNING)).toBe(verdict);
  });

  test('leaves what was found good as good as it was found', () => {
    expect(afterwards(heard(''), DEGRADED)).toEqual(heard('', DEGRADED));
    expect(afterwards(heard('', DEGRADED), RUNNING)).toEqual(heard(''));
  });

  test('renews a complaint about units, and has the guest asked once more when there is none', () => {
    const two = { state: 'degraded', failedUnits: ['a.service', 'late.service'] };
    expect(afterwards(heard('failed units: late.service', DEGRADED), two)).toEqual(
      heard('failed units: a.service, late.service', two),
    );
    expect(afterwards(heard('failed units: late.service', DEGRADED), RUNNING)).toBeUndefined();
  });

  test('is no word on the probe', () => {
    const silent = 'its probe /bin/ask ended with status 1';
    expect(afterwards(heard(silent), DEGRADED)).toEqual(heard(silent, DEGRADED));
  });

  test('ends that it could not be asked', () => {
    expect(
      afterwards(heard('it cannot be asked: late', { state: '', failedUnits: [] }), RUNNING),
    ).toBeUndefined();
  });
});

describe('a guest', () => {
  test('is followed when it was heard, or could not be, and not when it has no bus or is down', () => {
    const silence = { state: '', failedUnits: [] };
    const subject = { invocation: 'a', system: OLD };
    expect(followed(active('a'), heard(''))).toEqual(subject);
    expect(followed(active('a'), heard('it cannot be asked: late', silence))).toEqual(subject);
    expect(followed(active('a'), heard('', silence))).toBeUndefined();
    expect(followed(active('a'), undefined)).toBeUndefined();
    expect(followed({ ...active('a'), active: 'deactivating' }, heard(''))).toBeUndefined();
  });

  test('is not followed while it is to be asked; but until its restart begins, which may take its turn', () => {
    expect(plan(settled()).follow).toEqual({ invocation: 'a', system: OLD });
    const { verdict: _, ...record } = well(OLD, 'a');
    expect(plan(settled({ record })).follow).toBeUndefined();
    expect(plan(settled({ request: { kind: 'restart', system: '' } })).follow).toBeDefined();
  });

  test('is degraded by what fails after it was found good, and by maintenance', () => {
    const of = (verdict: Verdict) => {
      const { state, reason, actions } = plan(settled({ record: { ...well(OLD, 'a'), verdict } }));
      return { state, reason, actions };
    };
    expect(of(heard('', DEGRADED))).toEqual({
      ...{ state: 'degraded', reason: 'runs the desired system; failed units: late.service', actions: [] },
    });
    expect(of(heard('', { state: 'maintenance', failedUnits: [] }))).toEqual({
      ...{
        state: 'degraded',
        reason: 'runs the desired system; its systemd says "maintenance"',
        actions: [],
      },
    });
  });

  test('that nothing better is known for stays failed, and is asked anew when it seems to be well', () => {
    const entry = { ...startOf(OLD), reason: 'it is bad', boot: 'boot' };
    const situation = settled({
      lasting: { quarantined: [entry] },
      record: { started: { ...startOf(OLD), invocation: 'a' } },
    });
    const { state, actions } = plan(situation);
    expect([state, steps(actions).at(-1)]).toEqual(['failed', 'check']);
  });
});

test('a complaint names units, or the state', () => {
  expect(complaintOf(RUNNING, false)).toBe('');
  expect(complaintOf(DEGRADED, true)).toBe('');
  expect(complaintOf(DEGRADED, false)).toBe('failed units: late.service');
  const many = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);
  expect(complaintOf({ state: 'degraded', failedUnits: many(10) }, false)).toMatch(/: 0, .*, 9$/);
  expect(complaintOf({ state: 'degraded', failedUnits: many(100) }, false)).toMatch(/, 9 and 90 more$/);
  expect(complaintOf({ state: 'maintenance', failedUnits: [] }, true)).toBe('its systemd says "maintenance"');
  expect(complaintOf({ state: 'degraded', failedUnits: [] }, false)).toBe('it is degraded');
});

test('a unit that waits for its restart after a failure is a complaint, though the state is running', () => {
  const restarting = ['nginx.service'];
  const words = 'units restarting after a failure: nginx.service';
  expect(complaintOf({ ...RUNNING, restarting }, false)).toBe(words);
  expect(complaintOf({ ...DEGRADED, restarting }, false)).toBe(`failed units: late.service; ${words}`);
  expect(complaintOf({ ...RUNNING, restarting }, true)).toBe('');
});

test('a unit that had to fail is no complaint, but it is told, and why', () => {
  const sysctl = { state: 'degraded', failedUnits: ['systemd-sysctl.service'] };
  expect(complaintOf(sysctl, false, ['systemd-sysctl.service'])).toBe('');
  expect(complaintOf(sysctl, false)).toBe('failed units: systemd-sysctl.service');
  const both = { state: 'degraded', failedUnits: ['late.service', 'systemd-sysctl.service'] };
  expect(complaintOf(both, false, ['systemd-sysctl.service'])).toBe('failed units: late.service');
  const excuses = { 'systemd-sysctl.service': 'it cannot' };
  const verdict = { ...heard('', sysctl), excuses };
  const { state, reason } = plan(settled({ record: { ...well(OLD, 'a'), verdict } }));
  expect([state, reason]).toEqual([
    'degraded',
    'runs the desired system; failed units: systemd-sysctl.service (it cannot)',
  ]);
  const bad = { ...heard('failed units: late.service', both), excuses };
  const more = { state: 'degraded', failedUnits: ['later.service', 'systemd-sysctl.service'] };
  expect(afterwards(bad, more)?.complaint).toBe('failed units: later.service');
});
