import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Account, type Budget, Excess, excessIn } from '../../src/adapters/bus/budget.ts';
import { Connection } from '../../src/adapters/bus/connection.ts';
import { BusError } from '../../src/adapters/bus/errors.ts';
import { encodeHeader, SIGNAL } from '../../src/adapters/bus/message.ts';
import { Turns } from '../../src/adapters/bus/turns.ts';

const SIGNAL_BYTES = encodeHeader({ type: SIGNAL, serial: 1, path: '/a', interface: 'a.b', member: 'C' }, 0);

let directory = '';
let server: Server;
let peer: Promise<Socket>;

const PLENTY = { perSecond: 1e9, atOnce: 1e9 };
const BUDGET: Budget = { bytes: PLENTY, messages: PLENTY, ms: PLENTY };
const NO_MORE = (atOnce: number) => ({ perSecond: 0, atOnce });

/** Connects, and tells how many messages came and why the connection was lost. */
async function listen(
  budget: Budget | undefined,
  handle: () => void = () => undefined,
): Promise<{ count: () => number; lost: Promise<Error> }> {
  const connection = await Connection.open(`unix:path=${join(directory, 'bus')}`, budget ? { budget } : {});
  let count = 0;
  const message = () => {
    count++;
    handle();
  };
  const lost = new Promise<Error>((resolve, reject) => {
    connection.receive({ message, failed: reject, lost: resolve });
  });
  return { count: () => count, lost };
}

function burn(ms: number): void {
  const began = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(began);
    if (user + system > ms * 1000) return;
  }
}

describe('a peer', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'budget-'));
    const connected = Promise.withResolvers<Socket>();
    peer = connected.promise;
    server = createServer(socket => {
      socket.once('data', () => socket.write('OK 0123456789abcdef0123456789abcdef\r\n'));
      connected.resolve(socket);
    });
    await new Promise<void>(resolve => server.listen(join(directory, 'bus'), resolve));
  });

  afterEach(async () => {
    (await peer).destroy();
    await new Promise(resolve => server.close(resolve));
    await rm(directory, { recursive: true });
  });

  test('that sends more messages than it may is left', async () => {
    const { count, lost } = await listen({ ...BUDGET, messages: NO_MORE(1000) });
    (await peer).write(Buffer.concat(Array(1500).fill(SIGNAL_BYTES)));
    const error = await lost;
    expect(error.cause).toMatchObject({ message: 'it sends too much: more than 0 messages each second' });
    expect(excessIn(error)).toBeInstanceOf(Excess);
    expect(count()).toBe(1000);
  });

  test('that sends more bytes than it may is left, before they are looked at', async () => {
    const { count, lost } = await listen({ ...BUDGET, bytes: NO_MORE(2 * SIGNAL_BYTES.length) });
    (await peer).write(Buffer.concat(Array(3).fill(SIGNAL_BYTES)));
    expect((await lost).cause).toMatchObject({ message: 'it sends too much: more than 0 KiB each second' });
    expect(count()).toBe(2);
  });

  test('whose messages take more time than it may is left', async () => {
    const { count, lost } = await listen({ ...BUDGET, ms: NO_MORE(35) }, () => burn(10.1));
    (await peer).write(Buffer.concat(Array(10).fill(SIGNAL_BYTES)));
    expect((await lost).cause).toMatchObject({
      message: 'it sends too much: what takes more than 0 ms of processor time each second',
    });
    expect(count()).toBeLessThanOrEqual(4);
  });

  test('that sends as many as it may is heard to the end', async () => {
    const { count, lost } = await listen({ ...BUDGET, messages: NO_MORE(1000) });
    (await peer).end(Buffer.concat(Array(1000).fill(SIGNAL_BYTES)));
    expect((await lost).cause).toBeUndefined();
    expect(count()).toBe(1000);
  });

  test('that is trusted may send any number', async () => {
    const { count, lost } = await listen(undefined);
    (await peer).end(Buffer.concat(Array(5000).fill(SIGNAL_BYTES)));
    await lost;
    expect(count()).toBe(5000);
  });
});

test('peers that never stop sending keep neither each other nor anything else from its turn', async () => {
  const seen = new Map<string, number>();
  let isOver = false;
  const works = ['a', 'b', 'c'].map(name => ({
    step: () => {
      burn(0.5);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return !isOver;
    },
  }));
  const turns = new Turns();
  for (const work of works) turns.add(work);
  // As many turns of the loop as of this, none of which waits for an end that doesn't come.
  let worst = 0;
  for (let i = 0; i < 20; i++) {
    const began = process.threadCpuUsage();
    await new Promise(resolve => setImmediate(resolve));
    const { user, system } = process.threadCpuUsage(began);
    worst = Math.max(worst, user + system);
  }
  isOver = true;
  expect(worst).toBeLessThan(25_000);
  const counts = [...seen.values()];
  expect(counts).toHaveLength(3);
  expect(Math.max(...counts)).toBeLessThan(2 * Math.min(...counts) + 5);
});

test('a peer may use what it has saved, and what comes in each second', async () => {
  const account = new Account({ ...BUDGET, messages: { perSecond: 1e6, atOnce: 10 } });
  account.charge({ bytes: 0, messages: 10, ms: 0 });
  await new Promise(resolve => setImmediate(resolve));
  account.charge({ bytes: 0, messages: 1, ms: 0 });
  expect(() => account.charge({ bytes: 0, messages: 11, ms: 0 })).toThrow(Excess);
});

test('a peer whose error says that a limit was exceeded has not sent too much', () => {
  expect(excessIn(new BusError('org.freedesktop.DBus.Error.LimitsExceeded', 'its word'))).toBeUndefined();
});
