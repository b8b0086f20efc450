import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Bus } from '../../../src/adapters/bus/bus.ts';
import { decodeBody } from '../../../src/adapters/bus/dbus-next.ts';
import { ERROR, encodeHeader, METHOD_CALL } from '../../../src/adapters/bus/message.ts';
import { NspawndError } from '../../../src/model/errors.ts';
import { isMachineName } from '../../../src/model/name.ts';
import { quoted } from '../../../src/model/text.ts';
import { serveNspawn1 } from '../../../src/service/nspawn1.ts';
import type { Operations } from '../../../src/service/operations.ts';
import { Random } from '../../scenarios/soak/random.ts';
import { fakeOperations, viewOf } from '../../service/operations.ts';
import { expect, expectEqual, expectHarmless } from '../expect.ts';
import { FakeBus } from '../fake-bus.ts';
import { someCall } from '../generate/call.ts';
import { type Target, TURN_MS } from '../target.ts';

const SENDERS = [':1.7', ':1.8', ':1.9'];
const HONEST = ':1.10';
const PING = 1_000_000;

/**
 * Method calls of anybody to our objects, through a real socket: each is answered, at most once; an honest caller is
 * answered too; no name gets to the core but those of machines. The input is a seed.
 */
export const callers: Target<number> = {
  name: 'callers',
  // With a connection of its own for each.
  limitMs: 4 * TURN_MS,
  generate: random => random.below(2 ** 32),
  async check(seed, workspace) {
    const random = new Random(seed);
    const path = join(workspace, 'bus');
    rmSync(path, { force: true });
    await using fake = await FakeBus.listen(path);
    const bus = await Bus.connect({ address: fake.address, log: () => undefined });
    const names: string[] = [];
    serveNspawn1(bus, operations(names));
    const count = 1 + random.below(30);
    for (let serial = 1; serial <= count; serial++)
      fake.send(someCall(random, serial, { sender: random.pick(SENDERS) }));
    fake.send(ping());
    const pong = await fake.replyTo(PING);
    expect(pong !== undefined && pong.type !== ERROR, 'an honest caller gets no answer');
    await bus.close();
    const strange = names.find(name => name !== '' && !isMachineName(name));
    expect(strange === undefined, `what is no machine name gets to the core: ${quoted(strange ?? '')}`);
    const answers = fake.received.map(({ replySerial }) => replySerial).filter(serial => serial > 0);
    expectEqual(answers.length, new Set(answers).size, 'answers');
    for (const { type, errorName, signature, body, littleEndian } of fake.received) {
      if (type !== ERROR) continue;
      expect(
        /^org\.(freedesktop\.DBus|nixos\.nspawn1)\.Error\.\w+$/.test(errorName),
        `the error ${errorName}`,
      );
      const [text] = decodeBody(signature, body, littleEndian);
      expectHarmless(String(text), 2048);
    }
  },
};

/** Nothing can be done, and what was asked for is noted. */
function operations(names: string[]): Operations {
  const known = fakeOperations(new Map([['web', viewOf('web')]]));
  return new Proxy(known, {
    get(target, key, receiver) {
      const own = Reflect.get(target, key, receiver);
      // Those that tell what is known are left as they are.
      if (typeof own !== 'function' || own.name !== 'refuse') return own;
      return async (name?: unknown) => {
        if (name !== undefined) names.push(String(name));
        throw new NspawndError('NoSuchContainer', 'there is none');
      };
    },
  });
}

function ping(): Buffer {
  const member = { path: '/', interface: 'org.freedesktop.DBus.Peer', member: 'Ping' };
  const header = { type: METHOD_CALL, serial: PING, sender: HONEST, ...member };
  return encodeHeader(header as Parameters<typeof encodeHeader>[0], 0);
}
