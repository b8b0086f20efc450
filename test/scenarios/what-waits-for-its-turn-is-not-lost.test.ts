import { expect, it } from 'vitest';
import { onEachSystemd, type Scenario } from './world.ts';

const unitOf = (name: string) => `systemd-nspawn@${name}.service`;

/** Waits for what the daemon says of a container. */
function becomes({ host }: Scenario, name: string, property: string, value: string): Promise<string> {
  return host.waitForProperty<string>({
    destination: 'org.nixos.nspawn1',
    path: `/org/nixos/nspawn1/container/${name}`,
    interface: 'org.nixos.nspawn1.Container',
    property,
    until: now => now === value,
  });
}

/** Takes the only place until `release`: a machine that never gets ready. */
async function occupied(scenario: Scenario): Promise<{ release(): Promise<void> }> {
  const { host, deploy, declare, undeclare } = scenario;
  await deploy('slow', '1', 'hangs-in-boot');
  await declare('slow');
  await host.waitForUnit(unitOf('slow'), 'activating');
  return {
    async release() {
      const stopped = host.run(['systemctl', 'stop', unitOf('slow')]);
      // It hears nothing else.
      await host.run(['systemctl', 'kill', '-s', 'KILL', unitOf('slow')]);
      await stopped;
      await undeclare('slow');
    },
  };
}

onEachSystemd('while all places are taken', get => {
  it('begins with one place', async () => {
    const { host, deploy, declare, settle } = get();
    await host.write('/etc/nspawnd/nspawnd.json', JSON.stringify({ parallel: 1 }));
    await deploy('web', '1', 'tiny');
    await declare('web');
    await host.run(['systemctl', 'start', 'nspawnd']);
    expect(await settle('web')).toBe(0);
  });

  it('a request to start is not lost when the profile moves meanwhile', async () => {
    const scenario = get();
    const { host, deploy, container } = scenario;
    await host.run(['nspawnctl', 'stop', 'web']);
    const { release } = await occupied(scenario);
    await using start = host.spawn(['nspawnctl', 'start', 'web']);
    await becomes(scenario, 'web', 'State', 'starting');
    const next = await deploy('web', '2', 'tiny');
    await release();
    expect(await start.process).toMatchObject({ exitCode: 0 });
    expect(await container('web')).toMatchObject({ state: 'running', running: next });
  });
});
