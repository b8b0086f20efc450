import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Looks } from '../../src/reconcile/looks.ts';
import { SharedRun } from '../../src/reconcile/shared-run.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const work = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

test('those who ask before it begins share a run; those who ask while it runs share the next', async () => {
  let runs = 0;
  const shared = new SharedRun(async () => {
    const run = ++runs;
    await work(10);
    return run;
  });
  const first = [shared.run(), shared.run()];
  await vi.advanceTimersByTimeAsync(1);
  const second = [shared.run(), shared.run()];
  await vi.advanceTimersByTimeAsync(100);
  expect(await Promise.all([...first, ...second])).toEqual([1, 1, 2, 2]);
});

test('runs take a quarter of the time at most, however often they are asked for', async () => {
  let runs = 0;
  const shared = new SharedRun(async () => {
    runs++;
    await work(40);
  });
  const ask = setInterval(() => void shared.run(), 1);
  await vi.advanceTimersByTimeAsync(1600);
  clearInterval(ask);
  expect(runs).toBeLessThanOrEqual(10);
  expect(runs).toBeGreaterThan(8);
});

test('a run that fails fails for those who asked for it, not for the next', async () => {
  let fails = true;
  const shared = new SharedRun(async () => {
    if (fails) throw new Error('no luck');
  });
  const first = shared.run();
  await expect(first).rejects.toThrow('no luck');
  fails = false;
  const second = shared.run();
  await vi.advanceTimersByTimeAsync(10);
  await expect(second).resolves.toBe(undefined);
});

test('a look has every name that was asked for before it began', async () => {
  const looks: string[][] = [];
  const at = new Looks(async names => {
    looks.push([...names]);
    await work(10);
  });
  void at.at('a');
  void at.at('b');
  void at.at('a');
  await vi.advanceTimersByTimeAsync(1);
  void at.at('a');
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toEqual([['a', 'b'], ['a']]);
});
