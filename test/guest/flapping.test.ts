import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bus, Match, Signal } from '../../src/adapters/bus/bus.ts';
import { GuestManager } from '../../src/adapters/guest/manager.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;

interface Attached {
  manager: GuestManager;
  /** What was asked to be listened to, and which methods were called. */
  matches: Match[];
  calls: string[];
  tell: () => void;
  reexecute: () => void;
}

/** The manager of a guest that only sends signals. */
async function attach(isQuiet = false): Promise<Attached> {
  const handlers = new Set<(signal: Signal) => void>();
  const matches: Match[] = [];
  const calls: string[] = [];
  let changed: (owner: string) => void = () => undefined;
  const bus = {
    lost: new Promise(() => undefined),
    onOwnerChange: (_name: string, handler: (owner: string) => void) => {
      changed = handler;
    },
    call: async (_destination: string, _path: string, _interface: string, member: string) => {
      calls.push(member);
      return [];
    },
    subscribe: async (match: Match, handler: (signal: Signal) => void) => {
      matches.push(match);
      handlers.add(handler);
    },
  };
  const manager = await GuestManager.attach(bus as unknown as Bus, 'web', never, isQuiet);
  const tell = () => {
    for (const handler of handlers) handler({ member: 'PropertiesChanged' } as Signal);
  };
  return { manager, matches, calls, tell, reexecute: () => changed(':1.2') };
}

test('a guest that changes for ever is looked at now and then, and its last state is seen', async () => {
  const { manager, tell } = await attach();
  let state = 0;
  const seen: number[] = [];
  const read = async () => {
    seen.push(state);
    return state === -1 ? 'the end' : undefined;
  };
  const ended = manager.until(read, () => true, never);
  const minute = 60_000;
  for (let ms = 0; ms < minute; ms += 10) {
    state++;
    tell();
    await vi.advanceTimersByTimeAsync(10);
  }
  // Ten at once, and one more every two seconds.
  expect(seen.length).toBeGreaterThan(30);
  expect(seen.length).toBeLessThan(45);
  state = -1;
  tell();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await ended).toBe('the end');
  manager.close();
});

test('a guest that changes now and then is looked at at once', async () => {
  const { manager, tell } = await attach();
  let looks = 0;
  const read = async () => void looks++;
  const ended = manager.until(read, () => true, never);
  for (let change = 1; change <= 8; change++) {
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toBe(change);
    tell();
  }
  manager.close();
  await expect(ended).rejects.toThrow('the connection to the guest web is gone');
});

test('a guest that is not listened to is looked at by itself, less and less', async () => {
  const { manager, matches } = await attach(true);
  expect(matches).toEqual([]);
  const looks: number[] = [];
  const began = Date.now();
  const ended = manager.until(
    async () => (looks.push(Date.now() - began) === 6 ? 'the end' : undefined),
    () => true,
    never,
  );
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await ended).toBe('the end');
  expect(looks).toEqual([0, 250, 750, 1750, 3750, 7750]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a manager that is said to come back for ever is subscribed to now and then', async () => {
  const { manager, calls, reexecute } = await attach();
  for (let ms = 0; ms < 60_000; ms += 10) {
    reexecute();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(calls.length).toBeGreaterThan(30);
  expect(calls.length).toBeLessThan(45);
  manager.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(vi.getTimerCount()).toBe(0);
});
