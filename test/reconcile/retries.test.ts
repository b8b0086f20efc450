import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Retries } from '../../src/reconcile/retries.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('what failed once may have failed for a moment only, what failed twice has failed', () => {
  const retried: string[] = [];
  const retries = new Retries(name => retried.push(name));
  expect(retries.isDoubtful('web')).toBe(false);
  retries.failed('web');
  expect([retries.isDoubtful('web'), retries.isPausing('web')]).toEqual([true, true]);
  vi.runOnlyPendingTimers();
  expect([retried, retries.isPausing('web')]).toEqual([['web'], false]);
  retries.failed('web');
  expect(retries.isDoubtful('web')).toBe(false);
  retries.succeeded('web');
  retries.failed('web');
  expect(retries.isDoubtful('web')).toBe(true);
});
