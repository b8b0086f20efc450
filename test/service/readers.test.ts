import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Bus, BusError, standardError } from '../../src/adapters/bus/bus.ts';
import { Readers } from '../../src/service/readers.ts';

const MB = 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** `waiting`: what the bus says that it has for each caller. `users`: of callers whose name begins so. */
function fixture(waiting: Record<string, number> = {}) {
  const events: string[] = [];
  const logged: string[] = [];
  const asked: string[] = [];
  let failure: Error | undefined;
  const bus = {
    log: (_level: string, message: string) => logged.push(message),
    call: async (...[, , , , , [caller]]: [string, string, string, string, string, [string]]) => {
      asked.push(caller);
      if (failure) throw failure;
      if (waiting[caller] === undefined) throw new BusError(standardError('NameHasNoOwner'), 'gone');
      return [{ OutgoingBytes: waiting[caller] }];
    },
  } as unknown as Bus;
  const readers = new Readers(bus, {
    pause: caller => events.push(`pause ${caller}`),
    resume: caller => events.push(`resume ${caller}`),
    drop: caller => events.push(`drop ${caller}`),
    userOf: caller => Number(/\d+/.exec(caller)?.[0]),
  });
  const fail = (error: Error) => {
    failure = error;
  };
  return { readers, events, logged, asked, waiting, fail };
}

test('who gets little is not asked about', async () => {
  const { readers, asked } = fixture();
  for (let index = 0; index < 100; index++) readers.sent('1a', 1000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([]);
});

test('who gets much and reads it goes on at once', async () => {
  const { readers, events } = fixture({ '1a': 0 });
  readers.sent('1a', 2 * MB);
  await vi.advanceTimersByTimeAsync(0);
  expect(events).toEqual(['pause 1a', 'resume 1a']);
});

test('who does not read is paused until it does, and starts over when that takes too long', async () => {
  const { readers, events, waiting } = fixture({ '1a': 2 * MB });
  readers.sent('1a', 2 * MB);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(events).toEqual(['pause 1a']);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(events).toContain('drop 1a');
  waiting['1a'] = 0;
  await vi.advanceTimersByTimeAsync(6000);
  expect(events.at(-1)).toBe('resume 1a');
});

test('who leaves is forgotten, with what it never read', async () => {
  const { readers, events } = fixture();
  for (const caller of ['1a', '1b', '1c']) readers.sent(caller, 20 * MB);
  expect(readers.isOverdrawn('1z')).toBe(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(readers.isOverdrawn('1z')).toBe(false);
  expect(events.slice(3)).toEqual(['resume 1a', 'resume 1b', 'resume 1c']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a user with many callers that do not read gets no more, and others do', async () => {
  const waiting = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`1:${index}`, 0.6 * MB] as const),
  );
  const { readers } = fixture(waiting);
  for (const caller of Object.keys(waiting)) readers.sent(caller, 0.6 * MB);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([readers.isOverdrawn('1:0'), readers.isOverdrawn('2a')]).toEqual([true, false]);
});

test('callers that came and went are not remembered for ever', async () => {
  const { readers, asked } = fixture();
  for (let index = 0; index < 2000; index++) readers.sent(`1:${index}`, 10);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.length).toBeGreaterThan(1400);
});

test('a bus that cannot tell is trusted, and asked only once', async () => {
  const { readers, events, logged, asked, fail } = fixture();
  fail(new BusError(standardError('UnknownInterface'), 'no such thing'));
  readers.sent('1a', 2 * MB);
  await vi.advanceTimersByTimeAsync(0);
  readers.sent('1a', 2 * MB);
  expect([asked, events, logged.length]).toEqual([['1a'], ['pause 1a', 'resume 1a'], 1]);
});
