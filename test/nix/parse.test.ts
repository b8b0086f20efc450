import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeclarationError, type Problem, parseDeclaration } from '../../src/model/declaration.ts';
import type { Host } from '../host/index.ts';
import { bootNixHost, evaluate } from './evaluate.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
/** Without nixpkgs: what is asked for here must not need it. */
const TESTS = `import (repository + "/nix/tests") {
  pkgs = throw "there is no nixpkgs";
  module = throw "there is no module";
  package = throw "there is no package";
}`;

let host: Host;
beforeAll(async () => {
  host = await bootNixHost();
});
afterAll(() => host?.stop());

/** All Nix files, relative to the repository. */
function nixFiles(): string[] {
  const below = (directory: string) =>
    readdirSync(join(REPOSITORY, directory), { recursive: true, encoding: 'utf8' }).map(name =>
      join(directory, name),
    );
  return ['default.nix', 'flake.nix', ...below('nix'), ...below('test/nix')].filter(name =>
    name.endsWith('.nix'),
  );
}

/** nix/tests/NAME.nix that are tests: all but what they share. */
function testNames(): string[] {
  const shared = ['default', 'host', 'guest'];
  const names = readdirSync(join(REPOSITORY, 'nix/tests')).filter(name => name.endsWith('.nix'));
  return names.map(name => basename(name, '.nix')).filter(name => !shared.includes(name));
}

it('every Nix file parses', async () => {
  const files = nixFiles();
  expect(files.length).toBeGreaterThan(20);
  const paths = files.map(file => join('/repository', file));
  const { exitCode, stderr } = await host.run(['nix-instantiate', '--parse', ...paths], { reject: false });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

describe('the virtual machine tests', () => {
  it('are functions, each listed, once', async () => {
    const names = testNames();
    const kinds = `builtins.map (name: builtins.typeOf (import (repository + "/nix/tests/\${name}.nix")))`;
    expect(await evaluate(host, `${kinds} [ ${names.map(name => JSON.stringify(name)).join(' ')} ]`)).toEqual(
      names.map(() => 'lambda'),
    );
    const listed = `let tests = ${TESTS}; in map builtins.attrNames [ tests.checks tests.awaiting ]`;
    expect(((await evaluate(host, listed)) as string[][]).flat().sort()).toEqual(names.sort());
  });

  it('that await a feature still do: else move them from `awaiting` to `checks` in nix/tests/default.nix', async () => {
    const awaiting = (await evaluate(
      host,
      `builtins.mapAttrs (_: entry: entry.refused) (${TESTS}).awaiting`,
    )) as Record<string, object>;
    expect(Object.keys(awaiting)).not.toEqual([]);
    for (const [name, refused] of Object.entries(awaiting)) {
      for (const [field, value] of Object.entries(refused)) {
        expect(problemsOf(field, value), name).toEqual([
          { field, message: expect.stringMatching(/ is not supported yet$/) },
        ]);
      }
    }
  });

  const problemsOf = (field: string, value: unknown): readonly Problem[] => {
    const part = field.split('.').reduceRight((inner, key) => ({ [key]: inner }), value);
    const declaration = { path: '/nix/var/nix/profiles/web', ...(part as object) };
    try {
      parseDeclaration(JSON.stringify(declaration));
    } catch (error) {
      if (error instanceof DeclarationError) return error.problems;
      throw error;
    }
    return [];
  };
});

describe('the flake', () => {
  const STUB = '{ outputs = _: { legacyPackages = { aarch64-linux = { }; x86_64-linux = { }; }; }; }';
  const nix = 'nix --extra-experimental-features "nix-command flakes" --offline';

  beforeAll(async () => {
    await host.sh('mkdir -p /srv/flake /srv/stub');
    await host.sh('cp -r /repository/{flake.nix,flake.lock,default.nix,nix} /srv/flake');
    await host.write('/srv/stub/flake.nix', STUB);
  });

  it('has a lock file that Nix takes as it is, with the pin of a release', async () => {
    const { locks } = JSON.parse(
      await host.sh(`${nix} flake metadata --json --no-update-lock-file path:/srv/flake`),
    );
    const given = JSON.parse(readFileSync(join(REPOSITORY, 'flake.lock'), 'utf8'));
    expect(locks).toEqual(given);
    expect(locks.nodes.nixpkgs.locked).toMatchObject({
      narHash: expect.stringMatching(/^sha256-[A-Za-z0-9+/]{43}=$/),
      rev: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  it('has its outputs for both systems', async () => {
    const names = (depth: number): string =>
      depth === 0 ? 'builtins.attrNames' : `builtins.mapAttrs (_: ${names(depth - 1)})`;
    const outputs = async (output: string, depth: number) => {
      const flags = '--json --override-input nixpkgs path:/srv/stub --no-write-lock-file';
      return JSON.parse(
        await host.sh(`${nix} eval ${flags} path:/srv/flake#${output} --apply '${names(depth)}'`),
      );
    };
    const onBoth = (list: string[]) => ({ 'aarch64-linux': list, 'x86_64-linux': list });

    expect(await outputs('packages', 1)).toEqual(onBoth(['default', 'nspawnd', 'options-doc']));
    expect(await outputs('apps', 1)).toEqual(onBoth(['demo']));
    expect(await outputs('devShells', 1)).toEqual(onBoth(['default']));
    expect(await outputs('nixosModules', 0)).toEqual(['default']);
    expect(await outputs('overlays', 0)).toEqual(['default']);
    const checks = await outputs('checks', 1);
    expect(checks['x86_64-linux']).toEqual(
      expect.arrayContaining(['options-doc', 'package', 'simple', 'zone']),
    );
    expect(checks['x86_64-linux']).not.toContain('credentials');
    expect(checks['aarch64-linux']).toEqual(checks['x86_64-linux']);
  });
});
