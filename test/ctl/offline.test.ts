import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ODD_THINGS } from '../adapters/odd-things.ts';
import { nspawnctl } from './program.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nspawnctl-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function declaration(name: string, content: object | string): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('nspawnctl check', () => {
  it('reads no more than the daemon would, and keeps nobody waiting', async () => {
    const files: string[] = [];
    const fifo = join(directory, 'fifo.json');
    for (const [what, { make }] of Object.entries(ODD_THINGS)) {
      const file = join(directory, `${what.replaceAll(' ', '-')}.json`);
      make(file);
      files.push(file);
    }
    const { stdout, exitCode } = await nspawnctl(['check', ...files]);
    expect(exitCode).toBe(1);
    const lines = stdout.split('\n').filter(line => line.includes('cannot read it'));
    for (const [index, { why }] of Object.values(ODD_THINGS).entries())
      expect(lines[index]).toMatch(new RegExp(`^${files[index]}: cannot read it: .*${why.source}`));
    execFileSync('mkfifo', [fifo]);
    const rendered = await nspawnctl(['render', fifo]);
    expect(rendered).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('(a FIFO)') });
    const piped = await nspawnctl(['check', '-'], { input: ' '.repeat(2 * 1024 * 1024) });
    expect(piped).toMatchObject({ exitCode: 1, stdout: '-: cannot read it: it is larger than 1 MiB' });
    await Promise.all(files.map(file => rm(file, { recursive: true })));
  });

  it('takes nspawnd.json for settings, but not among declarations', async () => {
    const settings = await declaration('nspawnd.json', { parallel: 0, maxUp: 1 });
    const refused = await nspawnctl(['check', settings]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout.split('\n').toSorted()).toEqual([
      `${settings}: maxUp: unknown key`,
      `${settings}: parallel: must be a whole number from 1 to 64, not 0`,
    ]);
    await mkdir(join(directory, 'containers'));
    const container = await declaration('containers/nspawnd.json', { path: '/x' });
    expect(await nspawnctl(['check', container])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('shows no character that changes what a terminal shows', async () => {
    const file = await declaration('web.json', { path: '/x', '\u009b31m\u202e': 1 });
    const { stdout } = await nspawnctl(['check', file, join(directory, 'no\u202esuch\u009b.json')]);
    expect(stdout).toContain('"\\u009b31m\\u202e": unknown key');
    expect(stdout).not.toMatch(/[\p{Cf}\x80-\x9f]/u);
  });

  it('is silent about valid declarations', async () => {
    const file = await declaration('web.json', { path: '/nix/var/nix/profiles/web' });
    expect(await nspawnctl(['check', file])).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  });

  it('names file, field and problem, of all files', async () => {
    const good = await declaration('good.json', { path: '/nix/var/nix/profiles/good' });
    const slow = await declaration('slow.json', { path: '/x', activation: { timeout: '90 parsecs' } });
    const empty = await declaration('empty.json', {});
    const { stdout, exitCode } = await nspawnctl([
      'check',
      slow,
      good,
      empty,
      join(directory, 'absent.json'),
    ]);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      `${slow}: activation.timeout: cannot read "90 parsecs" as a time span`,
      `${empty}: path: required`,
      expect.stringContaining(`${join(directory, 'absent.json')}: cannot read it: ENOENT`),
    ]);
  });

  it('refuses a file name that is no machine name with .json', async () => {
    for (const name of ['a_b.json', 'web.jsn']) {
      const { stdout, exitCode } = await nspawnctl(['check', await declaration(name, { path: '/x' })]);
      expect({ exitCode, lines: stdout.split('\n').length }).toEqual({ exitCode: 1, lines: 1 });
      expect(stdout).toMatch(/is not a machine name|ends in \.json/);
    }
  });

  it('reads standard input, whose name is nobody’s fault', async () => {
    expect(await nspawnctl(['check', '-'], { input: '{"path": "/x"}' })).toMatchObject({
      stdout: '',
      exitCode: 0,
    });
    const { stdout, exitCode } = await nspawnctl(['check', '-'], { input: '{"path": "/x", "foo": 1}' });
    expect({ stdout, exitCode }).toEqual({ stdout: '-: foo: unknown key', exitCode: 1 });
  });

  it('warns of a host port that two files forward', async () => {
    const network = { forwardPorts: [{ hostPort: 8080 }] };
    const a = await declaration('a.json', { path: '/x', network });
    const b = await declaration('b.json', { path: '/x', network });
    expect(await nspawnctl(['check', a, b])).toEqual({
      ...{ stdout: '', exitCode: 0 },
      stderr: `nspawnctl: warning: ${b}: network.forwardPorts[0].hostPort: tcp port 8080 is forwarded by ${a} too`,
    });
  });

  it('refuses a member of a zone whose bridge another of the files sets up otherwise', async () => {
    const member = (Address: string) => ({
      path: '/x',
      network: { veth: { zone: 'shop', config: { host: { Network: { Address } } } } },
    });
    const one = await declaration('one.json', member('10.0.0.1/24'));
    const other = await declaration('other.json', member('10.0.9.1/24'));
    const same = await declaration('same.json', member('10.0.0.1/24'));
    expect(await nspawnctl(['check', one, same])).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    const refused = await nspawnctl(['check', other, same, one]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toMatch(
      new RegExp(
        `^${other}: network\\.veth\\.config\\.host: differs from that of "one": [^\n]*"shop"[^\n]*$`,
      ),
    );
    expect(await nspawnctl(['check', other])).toMatchObject({ exitCode: 0 });
  });

  it('warns of a bind that is dangerous or cannot be made here, and of no source that is not here', async () => {
    const binds = {
      '/a': { hostPath: '/usr/lib' },
      '/b': { hostPath: '/proc/sys' },
      '/c': { hostPath: '/nowhere' },
    };
    const file = await declaration('web.json', { path: '/x', binds });
    const { stdout, stderr, exitCode } = await nspawnctl(['check', file]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    const warning = `nspawnctl: warning: ${file}: `;
    const obstacles = stderr.split('\n').filter(line => line.startsWith(`${warning}cannot bind `));
    expect(obstacles).toContainEqual(
      expect.stringContaining('cannot bind binds."/b": "/proc/sys" is on proc, which cannot be mounted'),
    );
    expect(stderr).toContain(`${warning}binds."/a": root in the guest can become root on the host`);
    expect(stderr).not.toContain('/nowhere');
    const { warnings } = JSON.parse((await nspawnctl(['check', '--json', file])).stdout)[0];
    expect(warnings.map((one: string) => `nspawnctl: warning: ${one}`)).toEqual(stderr.split('\n'));
  });

  it('--json reports every file', async () => {
    const good = await declaration('good.json', { path: '/x' });
    const bad = await declaration('bad.json', '{');
    const { stdout, exitCode } = await nspawnctl(['check', '--json', good, bad]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      { file: good, problems: [], warnings: [] },
      { file: bad, problems: [expect.stringContaining(`${bad}: line 1, column 2: not JSON`)], warnings: [] },
    ]);
  });
});

describe('nspawnctl render', () => {
  const files = [
    '/run/systemd/nspawn/web.nspawn',
    '/run/systemd/network/70-nspawnd-ve-web.network',
    '/run/systemd/system/systemd-nspawn@web.service.d/50-nspawnd.conf',
  ];

  it('prints each unit after its path, for the system that the profile points to', async () => {
    const system = join(directory, 'system');
    await mkdir(system, { recursive: true });
    await symlink(system, join(directory, 'profile'));
    const file = await declaration('web.json', { path: join(directory, 'profile') });
    const { stdout, exitCode } = await nspawnctl(['render', file]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter(line => line.startsWith('# /run/'))).toEqual(
      files.map(path => `# ${path}`),
    );
    expect(stdout).toContain(`\nParameters=${system}/init\n`);
  });

  it('renders for another system, and notes when there is none', async () => {
    const file = await declaration('web.json', { path: '/nonexistent/web' });
    const other = await nspawnctl(['render', file, '--system', '/nix/store/other']);
    expect(other.stdout).toContain('Parameters=/nix/store/other/init');
    expect(other.stderr).not.toContain('stands for the system');
    const none = await nspawnctl(['render', file]);
    expect(none.stdout).toContain('Parameters=/nonexistent/web/init');
    expect(none.stderr).toContain('/nonexistent/web stands for the system');
  });

  it('notes what the daemon would wait for', async () => {
    const binds = { '/data': { hostPath: '/nonexistent' }, '/sys-of-host': { hostPath: '/proc/sys' } };
    const file = await declaration('web.json', { path: '/nonexistent/web', binds });
    const { stdout, stderr } = await nspawnctl(['render', file]);
    expect(stdout).toContain('\nBind=/nonexistent:/data:idmap\n');
    const here = 'nspawnctl: the machine would not be started here: ';
    expect(stderr).toContain(`${here}the source of binds."/data" does not exist on the host: "/nonexistent"`);
    expect(stderr).toContain(`${here}cannot bind binds."/sys-of-host": "/proc/sys" is on proc`);
  });

  it('renders what an older systemd needs', async () => {
    const file = await declaration('web.json', { path: '/nonexistent/web' });
    const [old, fresh] = await Promise.all(
      ['257', '262'].map(version => nspawnctl(['render', file, '--systemd-version', version])),
    );
    expect(old?.stdout).toMatch(/^ExecStopPost=.* umount /m);
    expect(fresh?.stdout).not.toContain('umount');
  });

  it('--json gives path and content of each file', async () => {
    const file = await declaration('web.json', { path: '/nonexistent/web' });
    const rendered = JSON.parse((await nspawnctl(['render', '--json', file])).stdout);
    expect(rendered).toMatchObject({ name: 'web', unit: 'systemd-nspawn@web.service' });
    expect(rendered.files.map(({ path }: { path: string }) => path)).toEqual(files);
  });

  it('says what is wrong with the declaration', async () => {
    const file = await declaration('web.json', { path: '/x', foo: 1 });
    expect(await nspawnctl(['render', file])).toEqual({
      ...{ stdout: '', exitCode: 1 },
      stderr: `nspawnctl: cannot render ${file}: foo: unknown key`,
    });
  });
});
