import { expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { onEachSystemd } from './world.ts';

const NSPAWN1 = 'org.nixos.nspawn1';
const DECLARATIONS = '/etc/nspawnd/containers';

/** Lines of bash that make something at `$1` which is no small file, and what is said of it. */
const ODD: readonly [string, string, RegExp][] = [
  ['a FIFO', 'mkfifo "$1"', /not a regular file \(a FIFO\)/],
  ['a directory', 'mkdir "$1"', /not a regular file \(a directory\)/],
  ['a device', 'ln -s /dev/zero "$1"', /not a regular file \(a device\)/],
  ['a socket', 'ln -s /run/systemd/private "$1"', /not a regular file \(a socket\)/],
  ['a sparse file of 400 MB', 'truncate -s 400M "$1"', /larger than (1|8) MiB/],
  ['a link to itself', 'ln -s "$1" "$1"', /a link that leads nowhere but to links/],
];

onEachSystemd('a bad file', get => {
  it('among the declarations is noticed, invalid and named, and the others run on', async () => {
    const { host, begin, invocation } = get();
    await begin();
    const web = await invocation('web');
    for (const [, make, why] of ODD) {
      const path = `${DECLARATIONS}/odd.json`;
      expect(await noticed(host, 'odd', () => host.sh(with1(make, path)))).toMatchObject({
        State: 'invalid',
        Reason: expect.stringMatching(why),
      });
      expect(await problems(host)).toEqual([expect.stringMatching(why)]);
      const check = await host.run(['nspawnctl', 'check'], { reject: false });
      expect([check.exitCode, check.stdout]).toEqual([1, expect.stringMatching(why)]);
      expect(await rendering(host, path)).toMatch(why);
      await gone(host, 'odd', () => host.run(['rm', '-r', path]));
    }
    expect(await invocation('web')).toBe(web);
    expect(await problems(host)).toEqual([]);
  });

  it('that is a link to nothing is noticed when it appears, and when it is mended', async () => {
    const { host } = get();
    const path = `${DECLARATIONS}/dangling.json`;
    expect(await noticed(host, 'dangling', () => host.run(['ln', '-s', 'nowhere', path]))).toMatchObject({
      State: 'invalid',
      Reason: `${path} is a link to something that does not exist`,
    });
    await gone(host, 'dangling', () => host.run(['rm', path]));
  });

  it('with a name that no machine can have is noticed, refused and no container', async () => {
    const { host } = get();
    const names = ['a_b', String.raw`\u202ex`, String.raw`web\xff`];
    for (const [index, name] of names.entries()) {
      await problemsAre(index + 1, host, () => host.sh(`touch ${DECLARATIONS}/$'${name}'.json`));
    }
    const refused = [
      /"a_b" is not a valid machine name/,
      /"\\u202ex" is not a valid/,
      /"web\ufffd" is not valid UTF-8/,
    ];
    const said = await problems(host);
    const check = await host.run(['nspawnctl', 'check'], { reject: false });
    const reload = await host.run(['nspawnctl', 'reload'], { reject: false });
    expect([check.exitCode, reload.exitCode]).toEqual([1, 1]);
    const status = await host.run(['nspawnctl', 'status']);
    const log = await host.journal('nspawnd');
    for (const each of refused) {
      expect(said.filter(one => each.test(one)).length).toBe(1);
      expect(check.stdout).toMatch(each);
      expect(reload.stderr).toMatch(each);
      expect(status.stdout).toMatch(each);
    }
    expect(log).toContain('is not valid UTF-8');
    expect(JSON.parse((await host.run(['nspawnctl', 'status', '--json'])).stdout)).toMatchObject({
      state: 'degraded',
      nContainers: 1,
    });
    await problemsAre(0, host, () => host.sh(`find ${DECLARATIONS} -name '*.json' ! -name web.json -delete`));
  });

  it('in thousands fills no memory and no log', async () => {
    const { host, deploy, settle, container } = get();
    const before = { log: (await host.journal('nspawnd')).length, memory: await residentKiB(host) };
    await problemsAre(22, host, () =>
      host.sh(`cd ${DECLARATIONS}; seq -f 'junk_%.0f.json' 20000 | xargs touch`),
    );
    const next = await deploy('web', '2');
    expect(await settle('web')).toBe(0);
    expect(await container('web')).toMatchObject({ state: 'running', running: next });
    expect((await problems(host)).length).toBeLessThan(30);
    expect((await host.journal('nspawnd')).length - before.log).toBeLessThan(100_000);
    expect(await residentKiB(host)).toBeLessThan(before.memory + 40 * 1024);
    await host.sh(`cd ${DECLARATIONS}; find . -name 'junk_*' -delete`);
    await host.run(['nspawnctl', 'reload']);
    expect(await problems(host)).toEqual([]);
  });

  it('is not what a caller’s name leads to', async () => {
    const { host } = get();
    await host.write('/run/foo/victim.json', '{}', 0o600);
    const files = () =>
      host.sh('find /run/foo /run/nspawnd /run/systemd/nspawn /var/lib/nspawnd /nix/var/nix/gcroots/nspawnd');
    const before = await files();
    const manager = [NSPAWN1, '/org/nixos/nspawn1', `${NSPAWN1}.Manager`];
    for (const name of ['../nspawnd/web', '../../../run/foo/victim', 'web/../web', 'a_b', '.', 'web\n']) {
      for (const [method, ...args] of [
        ['WaitSettled', 'st', name, '5000000'],
        ['Stop', 's', name],
        ['Rollback', 'ss', name, ''],
      ] as const) {
        const user = method === 'WaitSettled' ? { user: 65534 } : {};
        const asked = await host.run(['busctl', 'call', ...manager, method, ...args], {
          ...user,
          reject: false,
        });
        expect([asked.exitCode, asked.stderr]).toEqual([
          1,
          expect.stringContaining('not a valid machine name'),
        ]);
      }
    }
    expect(await files()).toBe(before);
    expect(await host.read('/run/foo/victim.json')).toBe('{}');
  });

  it('for settings changes nothing, also at a start of the daemon', async () => {
    const { host, invocation } = get();
    const web = await invocation('web');
    const path = '/etc/nspawnd/nspawnd.json';
    await host.write(path, '{"logLevel": "debug"}');
    await host.run(['nspawnctl', 'reload']);
    await host.run(['rm', path]);
    for (const [, make, why] of ODD) {
      await problemsAre(1, host, () => host.sh(with1(make, path)));
      const reload = await host.run(['nspawnctl', 'reload'], { reject: false });
      expect([reload.exitCode, reload.stderr]).toEqual([1, expect.stringMatching(why)]);
      await host.run(['systemctl', 'restart', 'nspawnd']);
      expect(await problems(host)).toEqual([
        expect.stringMatching(new RegExp(`cannot read ${path}: .*${why.source}`)),
      ]);
      expect(await host.journal('nspawnd')).toMatch(
        /using the settings that were last in force: cannot read/,
      );
      await problemsAre(0, host, () => host.run(['rm', '-r', path]));
    }
    expect(await invocation('web')).toBe(web);
  });

  it('in the place of a unit file is not touched, and makes its container invalid', async () => {
    const { host, declare, undeclare, settle, container, invocation } = get();
    const web = await invocation('web');
    const places = [
      '/run/systemd/nspawn/odd.nspawn',
      '/run/systemd/network/70-nspawnd-ve-odd.network',
      '/run/systemd/system/systemd-nspawn@odd.service.d/50-nspawnd.conf',
    ];
    for (const path of places) {
      for (const [, make] of ODD) {
        await host.sh(`mkdir -p "$(dirname ${path})"; ${with1(make, path)}`);
        await declare('odd', { path: '/nix/var/nix/profiles/web' });
        expect(await settle('odd')).toBe(3);
        expect(await container('odd')).toMatchObject({
          state: 'invalid',
          reason: expect.stringContaining(`${path} exists and was not rendered by nspawnd`),
        });
        await undeclare('odd');
        await settle();
        await host.run(['test', '-L', path, '-o', '-e', path]);
        await host.run(['rm', '-r', path]);
      }
    }
    expect(await invocation('web')).toBe(web);
  });

  it('in the place of what is remembered is set aside, and costs no machine', async () => {
    const { host, invocation, settle, container } = get();
    const web = await invocation('web');
    for (const [what, make, why] of ODD) {
      await host.run(['systemctl', 'stop', 'nspawnd']);
      for (const path of ['/var/lib/nspawnd/web.json', '/run/nspawnd/machines/web.json'])
        await host.sh(`rm -rf ${path}*; ${with1(make, path)}`);
      await host.run(['systemctl', 'start', 'nspawnd']);
      expect(await settle(), what).toBe(0);
      expect(await container('web')).toMatchObject({ state: 'running' });
      expect(await host.journal('nspawnd')).toMatch(why);
    }
    expect(await invocation('web')).toBe(web);
  });

  it('that says what can’t be is set aside, and costs no machine', async () => {
    const { host, invocation, settle, container } = get();
    const web = await invocation('web');
    const deep = '$(printf "[%.0s" $(seq 100000))';
    const texts = [
      '{"version": 1, "updated": {"timestamp": 1.5, "duration": 1}}',
      '{"version": 1, "updated": {"timestamp": 1e308, "duration": 1}}',
      '{"version": 1, "verdict": 7, "quarantined": {}}',
      `{\\"version\\": 1, \\"started\\": ${deep}`,
      '',
    ];
    for (const text of texts) {
      await host.run(['systemctl', 'stop', 'nspawnd']);
      for (const path of ['/var/lib/nspawnd/web.json', '/run/nspawnd/machines/web.json'])
        await host.sh(`echo ${text.includes('$') ? `"${text}"` : `'${text}'`} >${path}`);
      await host.run(['systemctl', 'start', 'nspawnd']);
      expect(await settle(), text).toBe(0);
      expect(await container('web')).toMatchObject({ state: 'running' });
    }
    expect(await invocation('web')).toBe(web);
  });

  it('of a newer nspawnd is left as it is, with its machine', async () => {
    const { host, invocation, settle, container, deploy } = get();
    await host.run(['nspawnctl', 'hold', 'web']);
    const web = await invocation('web');
    for (const [version, path] of ['/var/lib/nspawnd/web.json', '/run/nspawnd/machines/web.json'].entries()) {
      const original = await host.read(path);
      await host.run(['systemctl', 'stop', 'nspawnd']);
      const newer = `{"version": 2, "tomorrow": ${original}}`;
      await host.write(path, newer);
      await deploy('web', `newer-${version}`);
      await host.run(['systemctl', 'start', 'nspawnd']);
      expect(await settle('web')).toBe(3);
      expect(await container('web')).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining(
          `${path} was written by a newer nspawnd (version 2, this one knows 1)`,
        ),
      });
      for (const verb of ['start', 'stop', 'restart', 'retry', 'unhold'])
        expect((await host.run(['nspawnctl', verb, 'web'], { reject: false })).exitCode, verb).toBe(1);
      expect(await host.read(path)).toBe(newer);
      await host.run(['systemctl', 'stop', 'nspawnd']);
      await host.write(path, original);
      await host.run(['systemctl', 'start', 'nspawnd']);
      expect(await settle('web')).toBe(0);
      expect(await container('web')).toMatchObject({ state: 'held' });
    }
    expect(await invocation('web')).toBe(web);
  });
});

function with1(script: string, path: string): string {
  return script.replaceAll('$1', path);
}

/** What the bus says of a container when it comes, told by signal only. */
async function noticed(
  host: Host,
  name: string,
  act: () => Promise<unknown>,
): Promise<Record<string, unknown>> {
  using signals = await host.watchSignals({ sender: NSPAWN1, member: 'InterfacesAdded' });
  await act();
  const { body } = await signals.next(({ body }) => String(body[0]).endsWith(`/container/${name}`));
  return (body[1] as Record<string, Record<string, unknown>>)[`${NSPAWN1}.Container`] ?? {};
}

async function gone(host: Host, name: string, act: () => Promise<unknown>): Promise<void> {
  using signals = await host.watchSignals({ sender: NSPAWN1, member: 'InterfacesRemoved' });
  await act();
  await signals.next(({ body }) => String(body[0]).endsWith(`/container/${name}`));
}

/** Resolves when there are so many problems, told by signal only. */
async function problemsAre(count: number, host: Host, act: () => Promise<unknown>): Promise<void> {
  using signals = await host.watchSignals({ sender: NSPAWN1, member: 'PropertiesChanged' });
  await act();
  await signals.next(({ body }) => (body[1] as { Problems?: string[] }).Problems?.length === count);
}

async function problems(host: Host): Promise<string[]> {
  const { stdout } = await host.run(['nspawnctl', 'status', '--json']);
  return JSON.parse(stdout).problems as string[];
}

/** What `nspawnctl render` says of a file. */
async function rendering(host: Host, path: string): Promise<string> {
  const { stderr } = await host.run(['nspawnctl', 'render', path], { reject: false });
  return stderr;
}

/** The daemon's resident memory. */
async function residentKiB(host: Host): Promise<number> {
  const script = 'ps -o rss= -p "$(systemctl show -P MainPID nspawnd)"';
  return Number(await host.sh(script));
}
