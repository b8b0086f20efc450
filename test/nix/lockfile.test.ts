import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../host/index.ts';
import { bootNixHost, evaluate, inNix } from './evaluate.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const REGISTRY = 'https://registry.example';
const LINUX = { os: 'linux', cpu: 'x64', libc: 'glibc' };

interface Entry {
  resolved?: string;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
type Packages = Record<string, Entry>;

let host: Host;
beforeAll(async () => {
  host = await bootNixHost();
});
afterAll(() => host?.stop());

describe('complete', () => {
  const complete = async (packages: Record<string, unknown>, registry = REGISTRY): Promise<Packages> => {
    const lock = inNix({ lockfileVersion: 3, packages });
    const call = `(import (repository + "/nix/lib/lockfile.nix")).complete ${lock} "${registry}"`;
    const completed = (await evaluate(host, call)) as { lockfileVersion: number; packages: Packages };
    expect(completed.lockfileVersion).toBe(3);
    return completed.packages;
  };
  const version = '1.2.3';

  it.each([
    ['a package', 'node_modules/a', { version }, 'a/-/a-1.2.3.tgz'],
    ['a scoped one', 'node_modules/@s/a', { version }, '@s/a/-/a-1.2.3.tgz'],
    ['one in another', 'node_modules/a/node_modules/b', { version }, 'b/-/b-1.2.3.tgz'],
    [
      'a scoped one in a scoped one',
      'node_modules/@s/a/node_modules/@t/b',
      { version },
      '@t/b/-/b-1.2.3.tgz',
    ],
    ['one in a workspace', 'packages/w/node_modules/b', { version }, 'b/-/b-1.2.3.tgz'],
    ['an alias', 'node_modules/a', { name: 'real', version }, 'real/-/real-1.2.3.tgz'],
    ['a scoped alias', 'node_modules/a', { name: '@s/real', version }, '@s/real/-/real-1.2.3.tgz'],
    ['a pre-release', 'node_modules/a', { version: '2.0.0-beta.2' }, 'a/-/a-2.0.0-beta.2.tgz'],
  ])('%s gets the address of its archive', async (_, path, entry, address) => {
    expect(await complete({ [path]: entry })).toEqual({
      [path]: { ...entry, resolved: `${REGISTRY}/${address}` },
    });
  });

  it.each([
    ['the root', '', { name: 'a', version }],
    ['a workspace', 'packages/w', { version }],
    ['a link', 'node_modules/w', { link: true }],
    ['a bundled package', 'node_modules/a/node_modules/b', { version, inBundle: true }],
    ['an address that is there', 'node_modules/a', { version, resolved: 'https://elsewhere.example/a.tgz' }],
    ['a path that is there', 'node_modules/w', { resolved: 'packages/w', link: true }],
  ])('%s stays as it is', async (_, path, entry) => {
    expect(await complete({ [path]: entry })).toEqual({ [path]: entry });
  });

  it('a slash at the end of the registry makes no difference', async () => {
    const packages = { 'node_modules/a': { version } };
    expect(await complete(packages, `${REGISTRY}/`)).toEqual(await complete(packages));
  });

  it('names the package that has no version', async () => {
    await expect(complete({ 'node_modules/a': {} })).rejects.toThrow('node_modules/a has no version');
  });
});

const NARROWED = `
  let
    lockfile = import (repository + "/nix/lib/lockfile.nix");
    read = file: builtins.fromJSON (builtins.readFile (repository + file));
  in
  lockfile.narrow {
    package = read "/package.json";
    lock = lockfile.complete (read "/package-lock.json") "${REGISTRY}";
    devDependencies = [ "esbuild" ];
    platform = ${inNix(LINUX)};
  }`;

describe('narrow', () => {
  const narrow = async (packages: Packages | Record<string, object>, devDependencies: string[] = []) => {
    const call = `(import (repository + "/nix/lib/lockfile.nix")).narrow {
      package = ${inNix(packages[''])};
      lock = { packages = ${inNix(packages)}; };
      devDependencies = ${inNix(devDependencies)};
      platform = ${inNix(LINUX)};
    }`;
    return (await evaluate(host, call)) as { package: Entry; lock: { packages: Packages } };
  };
  const kept = async (...given: Parameters<typeof narrow>) =>
    Object.keys((await narrow(...given)).lock.packages);

  it('keeps what is needed, as Node finds it, and nothing else', async () => {
    expect(
      await kept({
        '': { dependencies: { a: '1', b: '1' } },
        'node_modules/a': { dependencies: { b: '2', c: '1' } },
        'node_modules/a/node_modules/b': { dependencies: { c: '1', d: '2' } },
        'node_modules/a/node_modules/d': {},
        'node_modules/a/node_modules/unused': {},
        'node_modules/b': {},
        'node_modules/c': { dependencies: { a: '1' } },
        'node_modules/d': {},
        'node_modules/unused': {},
      }),
    ).toEqual([
      '',
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/a/node_modules/d',
      'node_modules/b',
      'node_modules/c',
    ]);
  });

  it('keeps the named devDependencies only, in package.json too', async () => {
    const root = { name: 'it', devDependencies: { a: '1', b: '1' } };
    const packages = { '': root, 'node_modules/a': {}, 'node_modules/b': {} };
    const narrowed = await narrow(packages, ['a']);
    const cut = { name: 'it', devDependencies: { a: '1' } };
    expect(narrowed).toEqual({ package: cut, lock: { packages: { '': cut, 'node_modules/a': {} } } });
  });

  it('keeps of the optional dependencies those of the platform, so that npm misses none', async () => {
    const optionalDependencies = {
      absent: '1',
      any: '1',
      arm: '1',
      mac: '1',
      musl: '1',
      'not-linux': '1',
      'not-win': '1',
      x: '1',
    };
    const { lock } = await narrow({
      '': { optionalDependencies },
      'node_modules/any': {},
      'node_modules/arm': { os: ['linux'], cpu: ['arm64'] },
      'node_modules/mac': { os: ['darwin'] },
      'node_modules/musl': { libc: ['musl'] },
      'node_modules/not-linux': { os: ['!linux'] },
      'node_modules/not-win': { os: ['!win32'] },
      'node_modules/x': { os: ['linux'], cpu: ['x64', 'arm64'], libc: ['glibc'] },
    });
    expect(Object.keys(lock.packages)).toEqual([
      '',
      'node_modules/any',
      'node_modules/not-win',
      'node_modules/x',
    ]);
    expect(lock.packages['']?.optionalDependencies).toEqual({ any: '1', 'not-win': '1', x: '1' });
  });

  it('keeps peers unless they are optional, and what a link leads to', async () => {
    const peers = { peerDependencies: { p: '1', q: '1' }, peerDependenciesMeta: { q: { optional: true } } };
    expect(
      await kept({
        '': { dependencies: { w: '1' } },
        'node_modules/p': {},
        'node_modules/q': {},
        'node_modules/w': { resolved: 'packages/w', link: true },
        'packages/w': peers,
      }),
    ).toEqual(['', 'node_modules/p', 'node_modules/w', 'packages/w']);
  });

  it('says what is missing in a lock file that is not whole', async () => {
    const packages = { '': { dependencies: { a: '1' } }, 'node_modules/a': { dependencies: { b: '1' } } };
    await expect(kept(packages)).rejects.toThrow('node_modules/a needs b, which is not in it');
  });
});

describe("the project's own lock file", () => {
  it('has an address and a hash for each package', async () => {
    const { packages } = (await evaluate(
      host,
      `(import (repository + "/nix/lib/lockfile.nix")).complete
        (builtins.fromJSON (builtins.readFile (repository + "/package-lock.json"))) "${REGISTRY}"`,
    )) as { packages: Packages };
    const given = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8'));
    expect(Object.keys(packages)).toEqual(Object.keys(given.packages).sort());
    for (const [path, entry] of Object.entries(packages)) {
      if (path === '') continue;
      expect(entry, path).toMatchObject({
        resolved: expect.stringMatching(
          /^https:\/\/registry\.example\/(@[\w-]+\/)?[\w.-]+\/-\/[\w.-]+\.tgz$/,
        ),
        integrity: expect.stringMatching(/^sha512-/),
      });
    }
    expect(packages['node_modules/usocket']?.resolved).toBe(
      `${REGISTRY}/@favware/skip-dependency/-/skip-dependency-1.2.2.tgz`,
    );
  });

  it('is narrowed to the bundler of one platform and what is bundled', async () => {
    const { package: manifest, lock } = (await evaluate(host, NARROWED)) as {
      package: { dependencies: object; devDependencies: object };
      lock: { packages: Packages };
    };
    expect(Object.keys(manifest.devDependencies)).toEqual(['esbuild']);
    const paths = Object.keys(lock.packages);
    expect(paths.filter(path => path.includes('@esbuild/'))).toEqual(['node_modules/@esbuild/linux-x64']);
    expect(paths).toEqual(
      expect.arrayContaining(Object.keys(manifest.dependencies).map(name => `node_modules/${name}`)),
    );
    for (const name of ['node', 'typescript', 'vitest', '@biomejs/biome']) {
      expect(paths).not.toContain(`node_modules/${name}`);
    }
  });
});
