import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareFlood, suffer } from '../bench/flood.ts';
import { MANAGER, settle } from '../bench/tools.ts';
import { bootHost, type Host, suites } from '../host/index.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const NOBODY = { user: 65534 };
/** Enough to make a difference where callers are not told apart; more would only show how slow the bus can be. */
const CONNECTIONS = 10;
const SECONDS = 8;

describe.each(suites)('while an unprivileged user floods it (%s)', suite => {
  let host: Host;
  let tops: [string, string];
  beforeAll(async () => {
    host = await bootHost({ suite, mounts: { '/repository': REPOSITORY } });
    await host.installNspawnd();
    tops = await prepareFlood(host);
  }, 300_000);
  afterAll(() => host.stop());

  it.each(['list', 'plan', 'wait', 'start', 'start-asking', 'aside'])(
    'with "%s" the daemon answers others and follows profiles',
    { timeout: 240_000 },
    async kind => {
      const { service, bus, failed, flips, memory, survived } = await suffer(
        ...([host, kind, CONNECTIONS, tops, SECONDS] as const),
      );
      const figures = { service, bus, flips: flips.map(Math.round), memory: Math.round(memory) };
      console.log(`${suite} ${kind}: ${JSON.stringify(figures)}`);
      expect(survived).toBe(true);
      expect(failed).toEqual([]);
      // The bus itself is as slow as it is, and so may this machine be.
      expect(service.p50).toBeLessThan(150 + 5 * bus.p50);
      expect(service.p99).toBeLessThan(400 + 8 * bus.p99);
      expect(Math.max(...flips)).toBeLessThan(3000);
      expect(memory).toBeLessThan(300);
    },
  );

  it('has no container more for all the names it was asked about, and says no to each', async () => {
    const script = `
      const { Bus } = await import('/repository/src/adapters/bus/bus.ts');
      const bus = await Bus.connect();
      const answers = await Promise.all(Array.from({ length: 100 }, (_, index) =>
        bus.call(...${JSON.stringify(MANAGER)}, 'WaitSettled', 'st', ['phantom-' + index, 5_000_000n])
          .catch(error => error.code)));
      console.log(JSON.stringify([...new Set(answers)]));
      await bus.close();`;
    const argv = ['/usr/local/bin/node', '--input-type=module', '--eval', script];
    const { stdout } = await host.run(argv, NOBODY);
    expect(JSON.parse(stdout)).toEqual(['org.nixos.nspawn1.Error.NoSuchContainer']);
    const { bus } = await host.bus();
    const [rows] = await bus.call(...MANAGER, 'ListContainers');
    expect((rows as string[][]).map(([name]) => name)).toEqual(['web']);
    expect(await host.sh('ls /run/nspawnd/machines')).not.toContain('phantom');
  });

  it('finds a declaration that was written a moment ago all the same', async () => {
    await host.sh(`
      ln -s ${tops[0]} /nix/var/nix/profiles/fresh
      echo '{"path": "/nix/var/nix/profiles/fresh", "autoStart": false}' >/etc/nspawnd/containers/fresh.json`);
    await settle(host, 'fresh').catch(error => expect(String(error)).toMatch(/fresh is stopped/));
    const { bus } = await host.bus();
    const [path] = await bus.call(...MANAGER, 'GetContainer', 's', ['fresh']);
    expect(path).toBe('/org/nixos/nspawn1/container/fresh');
  });
});
