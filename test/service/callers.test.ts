import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bus, Call } from '../../src/adapters/bus/bus.ts';
import { Callers } from '../../src/service/callers.ts';
import { LongCalls } from '../../src/service/long-calls.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

/** A bus whose users are the first digits of the senders' names. */
function fixture() {
  const asked: string[] = [];
  const gone = new Set<string>();
  let departed: (name: string) => void = () => undefined;
  const bus = {
    onDeparture(handler: (name: string) => void) {
      departed = handler;
    },
    followDepartures: async (follow: boolean) => void asked.push(follow ? 'follow' : 'unfollow'),
    call: async (...[, , , member, , [name]]: [string, string, string, string, string, [string]]) => {
      asked.push(`${member} ${name}`);
      return [member === 'NameHasOwner' ? !gone.has(name) : Number(/\d+/.exec(name)?.[0])];
    },
    log: (_level: string, message: string) => asked.push(message),
  } as unknown as Bus;
  const callers = new Callers(bus);
  const leave = (name: string) => {
    gone.add(name);
    departed(name);
  };
  return { callers, asked, gone, leave };
}

describe('the user of a caller', () => {
  test('is asked for once', async () => {
    const { callers, asked } = fixture();
    expect(callers.knownUser('7a')).toBe(undefined);
    expect(await Promise.all([callers.userOf('7a'), callers.userOf('7a')])).toEqual([7, 7]);
    expect(callers.knownUser('7a')).toBe(7);
    expect(asked).toEqual(['GetConnectionUnixUser 7a']);
  });

  test('is not remembered for ever', async () => {
    const { callers } = fixture();
    for (let index = 0; index < 3000; index++) await callers.userOf(`1:${index}`);
    expect(callers.knownUser('1:0')).toBe(undefined);
    expect(callers.knownUser('1:2999')).toBe(1);
  });
});

describe('the presence of a caller', () => {
  test('ends when it leaves, for all of its calls', async () => {
    const { callers, leave } = fixture();
    const [one, two] = [callers.presence('1a'), callers.presence('1a')];
    await settled();
    expect(one.signal.aborted).toBe(false);
    leave('1a');
    expect([one.signal.aborted, two.signal.aborted]).toEqual([true, true]);
    expect(callers.presence('1b').signal.aborted).toBe(false);
  });

  test('is found ended when it left before anybody listened', async () => {
    const { callers, gone } = fixture();
    gone.add('1a');
    const { signal } = callers.presence('1a');
    await settled();
    expect(signal.aborted).toBe(true);
  });

  test('takes one rule of the bus for all callers, and none when nobody is waited for', async () => {
    const { callers, asked } = fixture();
    const present = ['1a', '1b', '2a'].map(name => callers.presence(name));
    await settled();
    for (const each of present) each[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked.filter(text => /follow/.test(text))).toEqual(['follow', 'unfollow']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('calls that take long', () => {
  const callOf = (sender: string) => ({ sender }) as Call;

  /** Begins calls that end with their caller only; how many were refused so far is in `refused`. */
  function begin() {
    const parts = fixture();
    const calls = new LongCalls(parts.callers);
    const counts = { underWay: 0, refused: 0 };
    const start = async (sender: string) => {
      try {
        await calls.run(callOf(sender), async ({ signal }) => {
          counts.underWay++;
          await new Promise(resolve => signal.addEventListener('abort', resolve));
          counts.underWay--;
        });
      } catch (error) {
        expect(error).toMatchObject({ code: 'org.freedesktop.DBus.Error.LimitsExceeded' });
        counts.refused++;
      }
    };
    return { ...parts, counts, start };
  }

  test('are bounded for a user, over all its connections, and make room when these leave', async () => {
    const { counts, start, leave } = begin();
    for (let index = 0; index < 1800; index++) void start(`65534:${index}`);
    await settled();
    expect(counts).toEqual({ underWay: 128, refused: 1672 });
    for (let index = 0; index < 1800; index++) leave(`65534:${index}`);
    await settled();
    expect(counts.underWay).toBe(0);
    void start('65534:new');
    await settled();
    expect(counts).toEqual({ underWay: 1, refused: 1672 });
  });

  test('are bounded in all, but for those of root', async () => {
    const { counts, start } = begin();
    for (let user = 1; user <= 20; user++)
      for (let index = 0; index < 100; index++) void start(`${user}:${index}`);
    await settled();
    expect(counts.underWay).toBe(1024);
    for (let index = 0; index < 200; index++) void start(`0:${index}`);
    await settled();
    expect(counts.underWay).toBe(1224);
  });
});
