import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Host, suites } from '../host/index.ts';
import { bootWithRepository, program, report } from './programs.ts';

const ERROR = 'org.freedesktop.DBus.Error';

describe.each(suites)('on the bus of %s', { timeout: 60_000 }, suite => {
  let host: Host;
  beforeAll(async () => {
    host = await bootWithRepository(suite);
  }, 300_000);
  afterAll(() => host.stop());

  test('nothing that an unprivileged user sends harms us or passes for a signal of systemd', async () => {
    const systemd = (
      await host.sh(
        'busctl --json=short call org.freedesktop.DBus / org.freedesktop.DBus GetNameOwner s org.freedesktop.systemd1',
      )
    ).trim();
    expect(await report(host, program('bus/programs/attacked.ts'))).toEqual({
      answer: 'alive, asked by org.example.Ask',
      units: ['real.service'],
      owners: [],
      owner: JSON.parse(systemd).data[0],
    });
  });

  test('200 calls at once all get through, where the bus refuses more than 128', async () => {
    expect(await report(host, program('bus/programs/many-calls.ts'))).toEqual({
      ours: { done: 200 },
      mostAtOnce: 96,
      unlimited: { done: 128, [`${ERROR}.LimitsExceeded`]: 72 },
    });
  });

  test('signals count only from the owner of the name, whoever that is', async () => {
    expect(await report(host, program('bus/programs/owner-change.ts'))).toEqual({
      heard: ['from the first', 'owner: nobody', 'owner: second', 'from the second'],
      taken: `${ERROR}.AddressInUse`,
      owner: 'second',
    });
  });

  test('what the bus disconnects for is refused before it is sent', async () => {
    expect(await report(host, program('bus/programs/invalid-path.ts'))).toEqual({
      codes: Array(4).fill(`${ERROR}.InvalidArgs`),
      alive: true,
    });
  });

  test('the death of the bus is noticed at once, and every call under way fails', async () => {
    expect(await report(host, program('bus/programs/bus-dies.ts'))).toEqual({
      lost: expect.stringMatching(/^the connection to the bus is gone/),
      calls: 100,
      codes: [`${ERROR}.Disconnected`],
      later: `${ERROR}.Disconnected`,
    });
  });

  test('without a bus there is a clear error', async () => {
    const script = `
      const { Bus } = await import('/repository/src/adapters/bus/bus.ts');
      const error = await Bus.connect({ address: 'unix:path=/run/no-bus' }).catch(error => error);
      console.log(JSON.stringify([error.code, error.message, error.cause.code]));`;
    expect(await report(host, ['/usr/local/bin/node', '--input-type=module', '--eval', script])).toEqual([
      `${ERROR}.NoServer`,
      'cannot connect to the bus at "unix:path=/run/no-bus"',
      'ENOENT',
    ]);
  });
});
