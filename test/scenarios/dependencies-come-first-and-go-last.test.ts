import { expect, it } from 'vitest';
import { cursor, stepsSince } from './order.ts';
import { onEachSystemd, type Scenario } from './world.ts';

/** A diamond with a tail; by name they come in the wrong order. The deepest one takes by far the longest to be ready. */
const DEPENDS_ON: Record<string, string[]> = {
  admin: ['web'],
  api: ['db'],
  cache: ['db'],
  db: [],
  web: ['api', 'cache'],
};
const NAMES = Object.keys(DEPENDS_ON);

/** What is done with the machines from now on. */
async function stepsDuring({ host }: Scenario, work: () => Promise<unknown>): Promise<string[]> {
  const since = await cursor(host);
  await work();
  return stepsSince(host, since);
}

/** All by one rename, as when a new generation of the host is switched to. */
async function flipAll({ host }: Scenario, systemOf: (name: string) => string | undefined): Promise<void> {
  const links = NAMES.map(name => `ln -s ${systemOf(name)} $new/${name}`);
  await host.sh(
    `new=$(mktemp -d /srv/generation-XXXX); ${links.join('; ')}; ln -s $new /srv/.new; mv -T /srv/.new /srv/current`,
  );
}

/** Each was begun when those it depends on were ready. */
function expectStartedInOrder(steps: readonly string[]): void {
  expect(steps.filter(step => step.startsWith('started ')).toSorted()).toEqual(
    NAMES.map(name => `started ${name}`),
  );
  expectUpInOrder('starting', steps);
}

function expectUpInOrder(begun: 'starting' | 'stopping', steps: readonly string[]): void {
  for (const [name, needed] of Object.entries(DEPENDS_ON)) {
    const before = steps.slice(0, steps.indexOf(`${begun} ${name}`));
    expect(before, steps.join(', ')).toEqual(expect.arrayContaining(needed.map(each => `started ${each}`)));
  }
}

/** The end of each was begun when those that depend on it were gone. */
function expectStoppedInOrder(steps: readonly string[]): void {
  for (const [name, needed] of Object.entries(DEPENDS_ON)) {
    for (const each of needed) {
      const before = steps.slice(0, steps.indexOf(`stopping ${each}`));
      expect(before, steps.join(', ')).toContain(`stopped ${name}`);
    }
  }
}

onEachSystemd('machines that depend on each other', get => {
  const versions: Record<string, string[]> = {};

  it('are started in order of readiness when they are declared at once', async () => {
    const scenario = get();
    const { host, settle } = scenario;
    for (const name of NAMES) {
      const kind = name === 'db' ? 'healthy' : 'tiny';
      versions[name] = await Promise.all(['1', '2'].map(version => host.guest({ name, version, kind })));
    }
    await flipAll(scenario, name => versions[name]?.[0]);
    await host.run(['systemctl', 'enable', '--now', 'nspawnd']);
    expect(await settle()).toBe(0);
    const steps = await stepsDuring(scenario, async () => {
      const files = NAMES.map(name => {
        const text = {
          path: `/srv/current/${name}`,
          dependsOn: DEPENDS_ON[name],
          activation: { settle: '0s' },
        };
        return `echo '${JSON.stringify(text)}' >${name}.json`;
      });
      await host.sh(`mkdir /tmp/new; cd /tmp/new; ${files.join('; ')}; mv *.json /etc/nspawnd/containers/`);
      expect(await settle()).toBe(0);
    });
    expectStartedInOrder(steps);
  });

  it('are updated in order, and run on until it is their turn, when they are updated at once', async () => {
    const scenario = get();
    const { settle, container } = scenario;
    const steps = await stepsDuring(scenario, async () => {
      await flipAll(scenario, name => versions[name]?.[1]);
      expect(await settle()).toBe(0);
    });
    expectStartedInOrder(steps);
    expectUpInOrder('stopping', steps);
    for (const name of NAMES) expect((await container(name)).running).toBe(versions[name]?.[1]);
  });

  it('are stopped in order, and started in order, when that is asked for at once', async () => {
    const scenario = get();
    const { host } = scenario;
    const stopped = await stepsDuring(scenario, () => host.run(['nspawnctl', 'stop', ...NAMES.toReversed()]));
    expectStoppedInOrder(stopped);
    expectStartedInOrder(await stepsDuring(scenario, () => host.run(['nspawnctl', 'start', ...NAMES])));
  });

  it('are left alone when one is stopped, restarted or updated that they depend on', async () => {
    const scenario = get();
    const { host, settle, container } = scenario;
    const steps = await stepsDuring(scenario, async () => {
      await host.run(['nspawnctl', 'stop', 'cache']);
      expect(await container('web')).toMatchObject({ state: 'running' });
      await host.run(['nspawnctl', 'start', 'cache']);
      await host.run(['nspawnctl', 'restart', 'cache']);
      await host.sh(`ln -sfn ${versions.cache?.[0]} /srv/current/cache`);
      expect(await settle()).toBe(0);
    });
    const once = ['stopping', 'stopped', 'starting', 'started'].map(word => `${word} cache`);
    expect(steps).toEqual([...once, ...once, ...once]);
  });

  it('go down with the host in order, and come back in order, one at a time if that is all that may', async () => {
    const scenario = get();
    const { host, settle } = scenario;
    await host.write('/etc/nspawnd/nspawnd.json', '{ "parallel": 1 }');
    const steps = await stepsDuring(scenario, async () => {
      await host.reboot();
      await host.waitForUnit('nspawnd.service', 'active');
      expect(await settle()).toBe(0);
    });
    expectStoppedInOrder(steps);
    expectStartedInOrder(steps);
  });

  it('are updated in order also one at a time', async () => {
    const scenario = get();
    const { settle } = scenario;
    const steps = await stepsDuring(scenario, async () => {
      await flipAll(scenario, name => versions[name]?.[name === 'cache' ? 1 : 0]);
      expect(await settle()).toBe(0);
    });
    expectStartedInOrder(steps);
  });

  it('are refused where one would depend on itself, and run on as they are', async () => {
    const scenario = get();
    const { host, declare, settle, container, invocation } = scenario;
    const before = await Promise.all(NAMES.map(invocation));
    await declare('db', { path: '/srv/current/db', dependsOn: ['admin'] });
    expect(await settle()).toBe(3);
    const states = await Promise.all(NAMES.map(async name => (await container(name)).state));
    expect(states).toEqual(['running', 'running', 'running', 'invalid', 'running']);
    const { reason } = await container('db');
    expect(reason).toContain('dependsOn: it depends on itself: db → admin → web → api → db');
    const after = await host.run(['systemctl', 'show', '-P', 'After', 'systemd-nspawn@db.service']);
    expect(after.stdout).not.toContain('admin');
    await declare('db', { path: '/srv/current/db' });
    expect(await settle()).toBe(0);
    expect(await Promise.all(NAMES.map(invocation))).toEqual(before);
  });

  it('may depend on one that nobody has declared', async () => {
    const { declare, settle, container } = get();
    await declare('cache', { path: '/srv/current/cache', dependsOn: ['db', 'nobody'] });
    expect(await settle('cache')).toBe(0);
    expect(await container('cache')).toMatchObject({ state: 'running', reason: 'runs the desired system' });
  });

  it('are stopped in order when their declarations go at once', async () => {
    const scenario = get();
    const { host, settle } = scenario;
    const steps = await stepsDuring(scenario, async () => {
      await host.sh('rm /etc/nspawnd/containers/*.json');
      await settle();
    });
    expectStoppedInOrder(steps);
  });
});
