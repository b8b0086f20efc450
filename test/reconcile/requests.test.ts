import { expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { Requests } from '../../src/reconcile/requests.ts';

const running: Plan = {
  state: 'running',
  reason: 'runs the desired system',
  desired: '',
  booted: undefined,
  actions: [],
  gone: false,
  settling: false,
};
const isOpen = (promise: Promise<void>) =>
  Promise.race([promise.then(() => false), new Promise<boolean>(resolve => setImmediate(resolve, true))]);

it('a request that came after the plan was made is not answered by it', async () => {
  const requests = new Requests();
  const restart = requests.add('web', 'restart');
  requests.answer('web', undefined, running);
  expect(await isOpen(restart)).toBe(true);
  expect(requests.kind('web')).toBe('restart');
  requests.answer('web', 'restart', running);
  expect(await isOpen(restart)).toBe(false);
});

it('equal requests are answered together, others in their turn', async () => {
  const requests = new Requests();
  const [first, second, stop] = [
    requests.add('web', 'start'),
    requests.add('web', 'start'),
    requests.add('web', 'stop'),
  ];
  requests.answer('web', 'start', running);
  expect([await isOpen(first), await isOpen(second), await isOpen(stop)]).toEqual([false, false, true]);
  expect(requests.kind('web')).toBe('stop');
});

it('a request that cannot be met is refused with the reason', async () => {
  const requests = new Requests();
  const start = requests.add('web', 'start');
  requests.answer('web', 'start', { ...running, state: 'waiting', reason: 'the profile is gone' });
  await expect(start).rejects.toThrow('cannot start web: the profile is gone');
});
