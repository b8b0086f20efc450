import { cp, lstat, mkdir, mkdtemp, readdir, readlink, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../..');
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'install-host-'));
  await mkdir(join(directory, 'repository/dist'), { recursive: true });
  for (const name of [
    'scripts',
    'src',
    'systemd',
    'dbus',
    'man',
    'completions',
    'package.json',
    'package-lock.json',
  ]) {
    await cp(join(REPOSITORY, name), join(directory, 'repository', name), { recursive: true });
  }
  // Fresh enough that nothing is built, which needs the packages.
  const later = new Date(Date.now() + 60_000);
  for (const name of ['nspawnd.js', 'nspawnctl.js']) {
    const file = join(directory, 'repository/dist', name);
    await cp(import.meta.filename, file);
    await utimes(file, later, later);
  }
});
afterEach(() => rm(directory, { recursive: true }));

/** Runs the script of the copy under a strict umask. */
function install() {
  const script = join(directory, 'repository/scripts/install-host.ts');
  return execa('sh', ['-c', 'umask 077; exec "$@"', 'sh', process.execPath, script], {
    reject: false,
    env: { DESTDIR: join(directory, 'stage') },
  });
}

async function staged(): Promise<Record<string, string>> {
  const stage = join(directory, 'stage');
  const entries = await readdir(stage, { recursive: true, withFileTypes: true });
  const described = entries.map(async entry => {
    const path = join(entry.parentPath, entry.name);
    const mode = ((await lstat(path)).mode & 0o7777).toString(8);
    return [relative(stage, path), entry.isSymbolicLink() ? `-> ${await readlink(path)}` : mode] as const;
  });
  return Object.fromEntries(await Promise.all(described));
}

it('stages the files of the contract, readable whatever the umask, and says nothing', async () => {
  expect(await install()).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  const entries = await staged();
  expect(entries).toMatchObject({
    'etc/nspawnd/containers': '755',
    'usr/lib/nspawnd/nspawnd.js': '755',
    'usr/lib/nspawnd/nspawnctl.js': '755',
    'usr/lib/nspawnd/package.json': '644',
    'usr/bin/nspawnctl': '-> ../lib/nspawnd/nspawnctl.js',
    'usr/lib/systemd/system/nspawnd.service': '644',
    'usr/lib/systemd/system/nspawnd-guest.socket': '644',
    'usr/lib/systemd/system/nspawnd-guest@.service': '644',
    'usr/share/dbus-1/system.d/org.nixos.nspawn1.conf': '644',
    'usr/share/dbus-1/interfaces/org.nixos.nspawn1.Manager.xml': '644',
    'usr/share/dbus-1/interfaces/org.nixos.nspawn1.Container.xml': '644',
    'usr/share/polkit-1/actions/org.nixos.nspawn1.policy': '644',
    'usr/share/man/man1/nspawnctl.1': '644',
    'usr/share/man/man5/nspawnd.container.5': '644',
    'usr/share/man/man8/nspawnd.8': '644',
    'usr/share/bash-completion/completions/nspawnctl': '644',
    'usr/share/zsh/site-functions/_nspawnctl': '644',
    'usr/share/fish/vendor_completions.d/nspawnctl.fish': '644',
  });
  const modes = new Set(Object.entries(entries).map(([path, mode]) => (/\.\w+$/.test(path) ? '' : mode)));
  expect(
    [...modes].filter(mode => !['', '755', '644', '-> ../lib/nspawnd/nspawnctl.js'].includes(mode)),
  ).toEqual([]);
});

it('can be repeated over what is there', async () => {
  await install();
  const before = await staged();
  expect((await install()).exitCode).toBe(0);
  expect(await staged()).toEqual(before);
});

it('names what is missing, and stages nothing then', async () => {
  await rm(join(directory, 'repository/completions/_nspawnctl'));
  const { exitCode, stderr } = await install();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^install-host: cannot install completions\/_nspawnctl: it is missing/);
  await expect(lstat(join(directory, 'stage'))).rejects.toThrow('ENOENT');
});
