import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Connection } from '../../src/adapters/bus/connection.ts';
import { encodeHeader, SIGNAL } from '../../src/adapters/bus/message.ts';

const SIGNAL_BYTES = encodeHeader({ type: SIGNAL, serial: 1, path: '/a', interface: 'a.b', member: 'C' }, 0);

let directory = '';
let server: Server;
let peer: Promise<Socket>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rate-'));
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

/** Connects, and tells how many messages came and why the connection was lost. */
async function listen(maxRate: number | undefined): Promise<{ count: () => number; lost: Promise<Error> }> {
  const connection = await Connection.open(`unix:path=${join(directory, 'bus')}`, {
    ...(maxRate === undefined ? {} : { maxRate }),
  });
  let count = 0;
  const lost = new Promise<Error>((resolve, reject) => {
    connection.receive({ message: () => void count++, failed: reject, lost: resolve });
  });
  return { count: () => count, lost };
}

test('a peer that sends more than the rate is left', async () => {
  const { count, lost } = await listen(1000);
  (await peer).write(Buffer.concat(Array(1500).fill(SIGNAL_BYTES)));
  expect((await lost).cause).toMatchObject({ message: 'more than 1000 messages came within 10 s' });
  expect(count()).toBe(1000);
});

test('a peer that sends as many as it may is heard to the end', async () => {
  const { count, lost } = await listen(1000);
  (await peer).end(Buffer.concat(Array(1000).fill(SIGNAL_BYTES)));
  expect((await lost).cause).toBeUndefined();
  expect(count()).toBe(1000);
});

test('a bus that is trusted may send any number', async () => {
  const { count, lost } = await listen(undefined);
  (await peer).end(Buffer.concat(Array(5000).fill(SIGNAL_BYTES)));
  await lost;
  expect(count()).toBe(5000);
});
