import { expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { Requests } from '../../src/reconcile/requests.ts';

const running: Plan = {
  state: 'running',
  reason: 'runs the desired system',
  desired: '',
  booted: undefined,
  runs: undefined,
  verdict: undefined,
  trial: undefined,
  crashed: undefined,
  lasting: {},
  actions: [],
  gone: false,
  settling: false,
};
const isOpen = (promise: Promise<void>) =>
  Promise.race([promise.then(() => false), new Promise<boolean>(resolve => setImmediate(resolve, true))]);

it('a request that came after the plan was made is not answered by it', async () => {
  const requests = new Requests();
  const restart = requests.add('web', 'restart');
  requests.planned('web', undefined, running, false);
  expect(await isOpen(restart)).toBe(true);
  expect(requests.next('web')).toEqual({ kind: 'restart', system: '' });
  requests.planned('web', requests.next('web'), running, false);
  expect(await isOpen(restart)).toBe(false);
});

it('equal requests are answered together, others in their turn', async () => {
  const requests = new Requests();
  const [first, second, stop] = [
    requests.add('web', 'start'),
    requests.add('web', 'start'),
    requests.add('web', 'stop'),
  ];
  requests.planned('web', requests.next('web'), running, false);
  expect([await isOpen(first), await isOpen(second), await isOpen(stop)]).toEqual([false, false, true]);
  expect(requests.next('web')?.kind).toBe('stop');
});

it('a request that cannot be met is refused with the reason', async () => {
  const requests = new Requests();
  const start = requests.add('web', 'start');
  const waiting: Plan = { ...running, state: 'waiting', reason: 'the profile is gone' };
  requests.planned('web', requests.next('web'), waiting, false);
  await expect(start).rejects.toThrow('cannot start web: the profile is gone');
});

it('what is under way is waited for, and a job that failed is the answer to those who asked for it', async () => {
  const requests = new Requests();
  const start = requests.add('web', 'start');
  requests.planned('web', requests.next('web'), running, true);
  const later = requests.add('web', 'stop');
  const answer = requests.failing('web', 'init died');
  requests.planned('web', requests.next('web'), running, true);
  expect(await isOpen(start)).toBe(true);
  answer();
  await expect(start).rejects.toThrow('init died');
  expect(await isOpen(later)).toBe(true);
});

it('a system that went into quarantine meanwhile is no success, though the last good one is up', async () => {
  const requests = new Requests();
  const start = requests.add('web', 'start');
  requests.planned('web', requests.next('web'), running, true);
  const entry = { system: '/nix/store/b', fingerprint: 'f', reason: 'not healthy', boot: 'boot' };
  const back: Plan = {
    ...running,
    state: 'rolled-back',
    reason: 'not healthy',
    lasting: { quarantined: [entry] },
  };
  requests.planned('web', undefined, back, false);
  await expect(start).rejects.toThrow('cannot start web: not healthy');
});

it('a word does not answer a stop whose turn is yet to come: that is planned once more', async () => {
  const requests = new Requests();
  const stop = requests.add('web', 'stop');
  const waits: Plan = { ...running, actions: [{ kind: 'stop', why: 'asked for' }] };
  requests.planned('web', requests.next('web'), waits, true);
  const hold = requests.add('web', 'hold');
  const word = requests.next('web');
  requests.planned('web', word, running, false);
  expect([await isOpen(stop), await isOpen(hold)]).toEqual([true, false]);
  expect(requests.isNext('web', word)).toBe(true);
  expect(requests.next('web')?.kind).toBe('stop');
});
