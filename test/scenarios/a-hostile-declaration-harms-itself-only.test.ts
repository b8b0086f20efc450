import { expect, it } from 'vitest';
import { containerPath } from '../../src/model/object-path.ts';
import { onEachSystemd } from './world.ts';

const list = (count: number, one: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => one(at)).join();
const within = (inner: string) => `{"path":"/nix/var/nix/profiles/web",${inner}}`;

/** What whoever may write declarations could do to the daemon or to a machine, by the container's name. */
const HOSTILE: Readonly<Record<string, [text: string, reason: string]>> = {
  deep: [within(`"credentials":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), 'more than 64 levels deep'],
  many: [`[${'1,'.repeat(2 ** 19 - 2)}1]`, 'more than 4096 values'],
  twice: [within(`"a":${'{"a":'.repeat(60)}{${'"b":1,'.repeat(3000)}"b":1}${'}'.repeat(60)}`), 'given twice'],
  long: [within(`"activation":{"timeout":"${'1s '.repeat(2 ** 18)}"}`), 'cannot read'],
  unknown: [within(list(4000, at => `"k${at}":1`)), 'unknown key'],
  joined: [
    within('"network":{"veth":{"zone":"shop\\\\"},"forwardPorts":[{"hostPort":8080}]}'),
    'no name for a zone',
  ],
  octal: [within('"limits":{"TasksMax":"010"}'), 'cannot read'],
  endless: [within('"limits":{"CPUQuotaPeriodSec":"600000y"}'), 'cannot read'],
};

onEachSystemd('a declaration that is made to do harm', get => {
  it('harms itself only, when it appears and when the daemon starts', { timeout: 120_000 }, async () => {
    const { host, begin, container, invocation, settle } = get();
    await begin();
    const before = await invocation('web');
    for (const [name, [text]] of Object.entries(HOSTILE))
      await host.write(`/etc/nspawnd/containers/${name}.json`, text);
    for (const [name, [, reason]] of Object.entries(HOSTILE)) {
      await stateOf(name, 'invalid');
      expect([name, (await container(name)).reason]).toEqual([name, expect.stringContaining(reason)]);
      expect((await container(name)).reason.length).toBeLessThan(8192);
    }
    expect(await container('web')).toMatchObject({ state: 'running' });

    await host.run(['systemctl', 'restart', 'nspawnd']);
    for (const name of Object.keys(HOSTILE)) await stateOf(name, 'invalid');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running' });
    expect(await invocation('web')).toBe(before);
  });

  it('is named by check with file and field', async () => {
    const { host } = get();
    const files = Object.keys(HOSTILE).map(name => `/etc/nspawnd/containers/${name}.json`);
    const { stdout, exitCode } = await host.run(['nspawnctl', 'check', ...files], { reject: false });
    expect(exitCode).toBe(1);
    for (const [name, [, reason]] of Object.entries(HOSTILE))
      expect(stdout).toMatch(new RegExp(`^/etc/nspawnd/containers/${name}\\.json: .*${reason}`, 'm'));
    expect(stdout).toContain('joined.json: network.veth.zone: "shop\\\\" is no name for a zone');
    expect(stdout.split('\n').filter(line => line.includes('/unknown.json:'))).toHaveLength(51);
  });

  it('or a profile of links upon links is waited for, and nobody waits for it', {
    timeout: 60_000,
  }, async () => {
    const { host, container, declare, deploy, settle, versionIn } = get();
    const script = `mkdir /srv/links; cd /srv/links; ln -s . l0
      for i in $(seq 1 300); do ln -s "$(printf "l$((i - 1))/%.0s" $(seq 200))." l$i; done`;
    await host.sh(script);
    await declare('tangled', { path: '/srv/links/l300' });
    await stateOf('tangled', 'waiting');
    expect((await container('tangled')).reason).toMatch(/more than 1000 names|too many levels of links/);
    await deploy('web', '2');
    expect(await settle('web')).toBe(0);
    expect(await versionIn('web')).toMatch(/web-2$/);
  });

  async function stateOf(name: string, state: string): Promise<void> {
    await get().host.waitForProperty({
      destination: 'org.nixos.nspawn1',
      path: containerPath(name),
      interface: 'org.nixos.nspawn1.Container',
      property: 'State',
      until: value => value === state,
    });
  }
});
