import { expect, it } from 'vitest';
import { AT_GATE, Gate } from './gate.ts';
import { onEachSystemd, type Scenario } from './world.ts';

/** What db serves is a file that web sees as well: its boot makes it the one of that version. */
const serves = (schema: string) => ({
  'schema.service': `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ${schema} >/shared/schema'\n`,
});
const SHARED = { '/shared': { hostPath: '/srv/shared' } };
/** Web is well as long as db serves what it knows, and keeps count of how often it was asked. */
const ASKS_DB =
  'echo asked >>/shared/asked; read -r schema </shared/schema; test "$schema" = v1 || { echo "db has $schema"; false; }';
const web = {
  dependsOn: ['db'],
  binds: SHARED,
  activation: { timeout: 'infinity', probe: { command: ['/bin/sh', '-c', ASKS_DB], timeout: '10s' } },
};

async function timesAsked({ host }: Scenario): Promise<number> {
  return Number(await host.sh('wc -l </srv/shared/asked'));
}

onEachSystemd('a machine that depends on another one', get => {
  const db: Record<string, string> = {};
  let invocation = '';

  it('begins well, after it', async () => {
    const scenario = get();
    const { host, declare, deploy, settle, container } = scenario;
    await host.sh('mkdir -p /srv/shared; echo v1 >/srv/shared/schema');
    db.first = await deploy('db', '1');
    await deploy('web', '1');
    await declare('db', { binds: SHARED, activation: { timeout: '20s' } });
    await declare('web', web);
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle()).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
    invocation = await scenario.invocation('web');
  });

  it('is asked again when the update of that fails and is rolled back, and says what it found', async () => {
    const scenario = get();
    const { deploy, settle, container } = scenario;
    const before = await timesAsked(scenario);
    await deploy('db', 'migrates', 'failing-unit', { units: serves('v2') });
    expect(await settle('db')).toBe(3);
    expect(await container('db')).toMatchObject({ state: 'rolled-back', running: db.first });
    expect(await settle('web')).toBe(0);
    const { state, reason, quarantined } = await container('web');
    expect([state, quarantined]).toEqual(['degraded', []]);
    expect(reason).toContain('db has v2');
    expect(await timesAsked(scenario)).toBe(before + 1);
  });

  it('is asked again when that is well again', async () => {
    const scenario = get();
    const { deploy, settle, container } = scenario;
    db.good = await deploy('db', '2', 'healthy', { units: serves('v1') });
    expect(await settle('db')).toBe(0);
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', reason: 'runs the desired system' });
    expect(await scenario.invocation('web')).toBe(invocation);
    // It has no complaint, and nothing was wrong with db.
    const before = await timesAsked(scenario);
    await deploy('db', '3', 'healthy', { units: serves('v1') });
    expect(await settle()).toBe(0);
    expect(await timesAsked(scenario)).toBe(before);
  });

  it('is asked again when that is given up after a crash, whatever no update had to do with it', async () => {
    const scenario = get();
    const { host, deploy, settle, container } = scenario;
    const { running } = await container('db');
    // It can no longer be started: its init is another one, which fails.
    await host.write('/tmp/fails', '#!/nowhere\n', 0o755);
    await host.sh(`echo v3 >/srv/shared/schema; mount --bind /tmp/fails ${running}/init`);
    try {
      await host.kill('systemd-nspawn@db.service');
      await host.waitForUnit('systemd-nspawn@db.service', 'activating');
      expect(await settle('db')).toBe(3);
      expect(await container('db')).toMatchObject({ state: 'failed', quarantined: [] });
      expect(await settle('web')).toBe(0);
      expect((await container('web')).reason).toContain('db has v3');
    } finally {
      await host.sh(`umount ${running}/init`);
    }
    await deploy('db', '4', 'healthy', { units: serves('v1') });
    expect(await settle()).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
    expect(await scenario.invocation('web')).toBe(invocation);
  });

  it('is not judged while that is on trial itself: what is wrong with it is not its fault', async () => {
    const scenario = get();
    const { host, declare, settle, container } = scenario;
    const gate = await Gate.make(host, 'db');
    const probe = { command: ['/bin/sh', '-c', `test ! -e /etc/gate || { ${AT_GATE}; }`], timeout: '20s' };
    await declare('db', { binds: { ...SHARED, ...gate.bind }, activation: { timeout: '20s', probe } });
    expect(await settle()).toBe(0);
    const bad = await host.guest({
      ...{ name: 'db', version: '5' },
      extra: { units: serves('v2'), etc: { gate: '' } },
    });
    const good = await host.guest({ name: 'web', version: '2' });
    using updates = await host.watchSignals({ sender: 'org.nixos.nspawn1', member: 'PropertiesChanged' });
    await host.sh(`cd /nix/var/nix/profiles; ln -sfn ${good} web; ln -sfn ${bad} db`);
    await gate.reached();
    await updates.next(
      ({ path, body }) => path.endsWith('/web') && (body[1] as Record<string, unknown>).Running === good,
    );
    await gate.open(false);
    expect(await settle('db')).toBe(3);
    expect(await settle('web')).toBe(0);
    expect(await container('db')).toMatchObject({ state: 'rolled-back', quarantined: [bad] });
    expect(await container('web')).toMatchObject({ state: 'running', running: good, quarantined: [] });
  });
});
