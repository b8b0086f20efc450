import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Waiters } from '../../src/reconcile/waiters.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function fixture() {
  const so = new Set<string>();
  let looks = 0;
  const waiters = new Waiters(key => {
    looks++;
    return so.has(key);
  });
  const ended: string[] = [];
  const wait = (name: string, key: string, options = {}) =>
    waiters
      .until(key, Promise.resolve(), {
        ...{
          timeoutMs: 1000,
          signal: new AbortController().signal,
          what: () => `${key} is busy`,
          ...options,
        },
      })
      .then(
        () => ended.push(name),
        error => ended.push(`${name}: ${error.message}`),
      );
  return { waiters, so, ended, wait, looks: () => looks };
}

test('many who wait for the same are one look', async () => {
  const { waiters, so, ended, wait, looks } = fixture();
  for (let index = 0; index < 100; index++) void wait(`${index}`, 'web');
  await vi.advanceTimersByTimeAsync(0);
  const before = looks();
  waiters.tell();
  expect(looks() - before).toBe(1);
  so.add('web');
  waiters.tell();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended.length).toBe(100);
  expect(vi.getTimerCount()).toBe(0);
});

test('what is so counts only once it is ready, and other keys are others', async () => {
  const { waiters, so, ended, wait } = fixture();
  const ready = Promise.withResolvers<void>();
  so.add('web');
  void wait('early', 'web', { ready: undefined });
  const late = waiters.until('web', ready.promise, {
    ...{ timeoutMs: 1000, signal: new AbortController().signal, what: () => '' },
  });
  void late.then(() => ended.push('late'));
  void wait('other', 'db');
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toEqual(['early']);
  ready.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toEqual(['early', 'late']);
});

test('they end with their time, or with who asked, and leave nothing behind', async () => {
  const { waiters, ended, wait, looks } = fixture();
  const leaving = new AbortController();
  void wait('late', 'web');
  void wait('left', 'web', { signal: leaving.signal, timeoutMs: Number.MAX_VALUE });
  await vi.advanceTimersByTimeAsync(10);
  leaving.abort(new Error('gone'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(ended).toEqual(['left: gone', 'late: not settled in time: web is busy']);
  expect(vi.getTimerCount()).toBe(0);
  const before = looks();
  waiters.tell();
  expect(looks()).toBe(before);
});
