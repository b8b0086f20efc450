import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Flow } from '../../src/service/flow.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function fixture() {
  const events: string[] = [];
  const pings: (() => void)[] = [];
  const flow = new Flow({
    ping: () => new Promise<void>(resolve => pings.push(resolve)),
    hold: user => events.push(`hold ${user}`),
    release: user => events.push(`release ${user}`),
  });
  return { flow, events, pings };
}

test('who gets little is never held', () => {
  const { flow, events, pings } = fixture();
  flow.sent(1, 1000);
  flow.sent(2, 7000);
  expect([events, pings.length]).toEqual([[], 0]);
});

test('who gets more than the bus has taken waits for it, and then rests for longer than it took', async () => {
  const { flow, events, pings } = fixture();
  for (let index = 0; index < 64; index++) flow.sent(1, 0);
  expect([events, pings.length]).toEqual([['hold 1'], 1]);
  await vi.advanceTimersByTimeAsync(100);
  pings[0]?.();
  await vi.advanceTimersByTimeAsync(190);
  expect(events).toEqual(['hold 1']);
  await vi.advanceTimersByTimeAsync(20);
  expect(events).toEqual(['hold 1', 'release 1']);
});

test('who gets one long answer hardly rests', async () => {
  const { flow, events, pings } = fixture();
  flow.sent(1, 1_000_000);
  await vi.advanceTimersByTimeAsync(100);
  pings[0]?.();
  await vi.advanceTimersByTimeAsync(5);
  expect(events).toEqual(['hold 1', 'release 1']);
});

test('one user does not wait for another', () => {
  const { flow, events } = fixture();
  flow.sent(1, 9000);
  flow.sent(2, 9000);
  expect(events).toEqual(['hold 1', 'hold 2']);
});

test('many small answers count, too', () => {
  const { flow, events } = fixture();
  for (let index = 0; index < 64; index++) flow.sent(1, 0);
  expect(events).toEqual(['hold 1']);
});
