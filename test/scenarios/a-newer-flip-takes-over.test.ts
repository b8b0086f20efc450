import { expect, it } from 'vitest';
import type { SignalWatch } from '../host/index.ts';
import { AT_GATE, BOOT_GATE, Gate, PROBE, PROBE_GATE } from './gate.ts';
import { cursor, stepsSince } from './order.ts';
import { type GuestExtra, type GuestKind, onEachSystemd } from './world.ts';

const RESTARTED = ['stopping web', 'stopped web', 'starting web', 'started web'];
const MANAGER = { sender: 'org.nixos.nspawn1', interface: 'org.nixos.nspawn1.Manager' };

const version = (system: unknown) => String(system).replace(/^.*-web-/, '');

onEachSystemd('a newer flip', get => {
  const systems: Record<string, string> = {};
  let gate: Gate;
  let updates: SignalWatch;
  const activation = { probe: PROBE, timeout: '60s' };

  const flip = (version: string, name = 'web') =>
    get().host.sh(`ln -sfn ${systems[version]} /nix/var/nix/profiles/${name}`);

  /** What the bus is told next of updates of a machine, by version. */
  const expectTold = async (expected: readonly string[], name = 'web') => {
    const words: string[] = [];
    while (words.length < expected.length) {
      const { member, body } = await updates.next(({ body }) => body[0] === name);
      const [, from, to, result] = [body[0], ...body.slice(1, 3).map(version), body[3]];
      words.push(member === 'UpdateStarted' ? `${from}→${to}` : `${to} ${result}`);
    }
    expect(words).toEqual(expected);
  };

  it('begins with a machine, and systems to bring it to', async () => {
    const { host, declare, settle } = get();
    const build = async (version: string, extra: GuestExtra = {}, kind: GuestKind = 'healthy') => {
      systems[version] = await host.guest({ name: 'web', version, kind, extra });
    };
    for (const version of ['1', '2']) await build(version);
    await build('boots-slowly', { units: BOOT_GATE });
    await build('is-asked-slowly', { etc: PROBE_GATE });
    await build('fails-slowly', { activation: `{ ${AT_GATE}; } || exit 1` });
    await build('bad', {}, 'failing-unit');
    for (const version of ['a', 'b', 'c']) await build(version, {}, 'tiny');
    gate = await Gate.make(host, 'web');
    updates = await host.watchSignals(MANAGER);
    await flip('1');
    await declare('web', { binds: gate.bind, activation });
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle()).toBe(0);
  });

  it('in the middle of a start waits until that is ready; those in between are never started', async () => {
    const { host, settle, container } = get();
    const since = await cursor(host);
    await flip('boots-slowly');
    await gate.reached();
    await flip('bad');
    await flip('2');
    await gate.open();
    expect(await settle('web')).toBe(0);
    await expectTold(['1→boots-slowly', 'boots-slowly superseded', 'boots-slowly→2', '2 done']);
    expect(await stepsSince(host, since)).toEqual([...RESTARTED, ...RESTARTED]);
    expect(await container('web')).toMatchObject({
      running: systems['2'],
      lastGood: systems['2'],
      quarantined: [],
    });
  });

  it('back to what ran, in the middle of a start, is one as well', async () => {
    const { settle, container } = get();
    await flip('boots-slowly');
    await gate.reached();
    await flip('2');
    await gate.open();
    expect(await settle('web')).toBe(0);
    await expectTold(['2→boots-slowly', 'boots-slowly superseded', 'boots-slowly→2', '2 done']);
    expect(await container('web')).toMatchObject({
      state: 'running',
      running: systems['2'],
      quarantined: [],
    });
  });

  for (const [to, title] of [
    ['2', 'back to what ran'],
    ['1', 'to another one'],
  ] as const) {
    it(`${title}, while the guest is asked how it is, does not wait for the answer`, async () => {
      const { host, settle, container } = get();
      const since = await cursor(host);
      await flip('is-asked-slowly');
      await gate.reached();
      await flip(to);
      expect(await settle('web')).toBe(0);
      await expectTold([
        ...['2→is-asked-slowly', 'is-asked-slowly superseded', `is-asked-slowly→${to}`, `${to} done`],
      ]);
      expect(await stepsSince(host, since)).toEqual([...RESTARTED, ...RESTARTED]);
      const system = systems[to];
      expect(await container('web')).toMatchObject({ running: system, lastGood: system, quarantined: [] });
    });
  }

  it('back to the last good one, in the middle of the return to that, ends the quarantine', async () => {
    const { settle, container } = get();
    await flip('boots-slowly');
    await gate.reached();
    await gate.open();
    await expectTold(['1→boots-slowly', 'boots-slowly done']);
    await flip('bad');
    await gate.reached();
    expect(await container('web')).toMatchObject({ quarantined: [systems.bad] });
    await flip('boots-slowly');
    await gate.open();
    expect(await settle('web')).toBe(0);
    await expectTold(['boots-slowly→bad', 'bad superseded']);
    expect(await container('web')).toMatchObject({ state: 'running', quarantined: [] });
  });

  it('to another one, in the middle of a return to the last good one, waits until that is ready', async () => {
    const { host, settle, container } = get();
    const since = await cursor(host);
    await flip('bad');
    await gate.reached();
    await flip('1');
    await gate.open();
    expect(await settle('web')).toBe(0);
    await expectTold(['boots-slowly→bad', 'bad superseded', 'boots-slowly→1', '1 done']);
    expect(await stepsSince(host, since)).toEqual([...RESTARTED, ...RESTARTED, ...RESTARTED]);
    expect(await container('web')).toMatchObject({
      state: 'running',
      running: systems['1'],
      quarantined: [],
    });
  });

  it('while another one fails to start is what comes next, with no return to the last good one', async () => {
    const { settle, container } = get();
    await flip('fails-slowly');
    await gate.reached();
    await flip('2');
    await gate.open(false);
    expect(await settle('web')).toBe(0);
    await expectTold(['1→fails-slowly', 'fails-slowly superseded', '→2', '2 done']);
    expect(await container('web')).toMatchObject({
      state: 'running',
      running: systems['2'],
      quarantined: [],
    });
  });

  it('of a machine that waits for its turn is the only one it hears of, and back is none', async () => {
    const { host, declare, settle, container } = get();
    for (const name of ['db', 'api']) {
      await flip('a', name);
      await declare(name);
    }
    await host.write('/etc/nspawnd/nspawnd.json', '{ "parallel": 1 }');
    await host.run(['nspawnctl', 'reload']);
    expect(await settle()).toBe(0);
    await flip('boots-slowly');
    await gate.reached();
    using changes = await host.watchSignals({ ...MANAGER, interface: 'org.freedesktop.DBus.Properties' });
    const since = await cursor(host);
    const desired = async (name: string, version: string) => {
      await flip(version, name);
      await changes.next(
        ({ path, body }) =>
          path.endsWith(`/${name}`) && (body[1] as Record<string, unknown>).Desired === systems[version],
      );
    };
    for (const version of ['b', 'c']) await desired('db', version);
    for (const version of ['b', 'a']) await desired('api', version);
    expect(await settle('api')).toBe(0);
    await gate.open();
    expect(await settle()).toBe(0);
    expect(await container('db')).toMatchObject({ state: 'running', running: systems.c });
    expect((await stepsSince(host, since)).filter(step => !step.endsWith(' web'))).toEqual(
      RESTARTED.map(step => step.replace('web', 'db')),
    );
    await expectTold(['a→c', 'c done'], 'db');
    expect(updates.seen.filter(({ body }) => body[0] === 'api')).toEqual([]);
  });
});
