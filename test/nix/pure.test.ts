// nix/lib by a real Nix, for what needs no nixpkgs; what comes out is read and rendered by the daemon's own code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  DeclarationError,
  declarationSchema,
  type Problem,
  parseDeclaration,
} from '../../src/model/declaration.ts';
import { isMachineName } from '../../src/model/name.ts';
import { parseSettings } from '../../src/model/settings.ts';
import { render } from '../../src/render/render.ts';
import { bootHost } from '../host/index.ts';
import { FACTS, SYSTEM } from '../render/facts.ts';
import {
  choices,
  declarations,
  graphs,
  guests,
  interfacePairs,
  machineNames,
  networks,
  refused,
  settings,
  zones,
} from './cases.ts';

interface Results {
  declarations: Record<string, unknown>;
  unsupported: Record<string, string[]>;
  unsupportedSettings: Record<string, string[]>;
  oldNames: Record<'container' | 'activation' | 'bind' | 'network', string[]>;
  networks: Record<string, { sections: object; problems: string[] }>;
  guests: Record<string, { definitions: object[]; problems: string[] }>;
  cycles: Record<string, string[][]>;
  unknown: Record<string, object[]>;
  machineNames: boolean[];
  zones: boolean[];
  interfacePairs: boolean[];
}

let results: Results;

beforeAll(async () => {
  const field = <T, K extends keyof T>(of: Record<string, T>, key: K) =>
    Object.fromEntries(Object.entries(of).map(([name, one]) => [name, one[key]]));
  const cases = {
    declarations: field({ ...declarations, ...refused }, 'options'),
    unsupported: Object.fromEntries(choices.map(choice => [JSON.stringify(choice), choice])),
    settings: Object.fromEntries(settings.map(one => [JSON.stringify(one), one])),
    networks: field(networks, 'attributes'),
    guests: field(guests, 'attributes'),
    graphs: field(graphs, 'graph'),
    machineNames: Object.keys(machineNames),
    zones: Object.keys(zones),
    interfacePairs: Object.keys(interfacePairs),
  };
  await using host = await bootHost({ suite: 'forky', guests: false });
  const root = join(import.meta.dirname, '../..');
  await host.copyIn(join(root, 'nix'), '/src/nix');
  await host.copyIn(join(root, 'test/nix'), '/src/test/nix');
  await host.write('/src/cases.json', JSON.stringify(cases));
  const expression =
    'import /src/test/nix/pure.nix { cases = builtins.fromJSON (builtins.readFile /src/cases.json); }';
  const argv = ['nix-instantiate', '--eval', '--strict', '--json', '--expr', expression];
  results = JSON.parse((await host.run(argv)).stdout);
});

describe('options → declaration', () => {
  test.each(Object.entries(declarations))(
    '%s: all keys, as the daemon reads them',
    (name, { options, differs }) => {
      const declared = results.declarations[name];
      expect(declared).toMatchObject(differs ?? options);
      expect(keysOf(declared)).toEqual(keysOf(results.declarations.minimal));
      const own = { path: '/nix/var/nix/profiles/web', ...(differs ?? options) };
      expect(parseDeclaration(JSON.stringify(declared))).toEqual(parseDeclaration(JSON.stringify(own)));
    },
  );

  test.each(Object.keys(declarations))('%s: renders to the expected units', async name => {
    const declaration = parseDeclaration(JSON.stringify(results.declarations[name]));
    const { files } = render('web', declaration, SYSTEM, FACTS);
    const text = files.map(({ path, content }) => `==> ${path}\n${content}`).join('\n');
    await expect(text).toMatchFileSnapshot(`golden/${name.replaceAll(/\W+/g, '-')}.txt`);
  });

  test.each(Object.entries(refused))(
    '%s is refused by its name until it is built',
    (name, { options, declared, field }) => {
      expect(results.declarations[name]).toMatchObject(declared ?? options);
      expect(fieldsRefused(results.declarations[name])).toEqual([field]);
    },
  );
});

// The day the daemon supports one, this fails: its line in nix/lib/unsupported.nix goes, and the option's "not supported
// yet" with it.
describe('what the options object to as not supported yet is what the daemon refuses as such', () => {
  test.each(choices.map(choice => [JSON.stringify(choice), choice] as const))('%s', (name, choice) => {
    const declaration = { path: '/nix/var/nix/profiles/web', ...choice };
    const refused = problemsOf(() => parseDeclaration(JSON.stringify(declaration)));
    expect(results.unsupported[name]).toEqual(notYet(refused));
  });

  test.each(settings.map(one => [JSON.stringify(one), one] as const))('settings %s', (name, one) => {
    const text = JSON.stringify(one, (_, value) => value ?? undefined);
    expect(results.unsupportedSettings[name]).toEqual(notYet(problemsOf(() => parseSettings(text))));
  });

  test('and there are choices for each key that takes one of several words', () => {
    const { properties } = z.toJSONSchema(declarationSchema, { io: 'input', unrepresentable: 'any' });
    const choose = Object.entries(properties ?? {}).flatMap(([key, schema]) =>
      typeof schema === 'object' ? (schema.enum ?? []).map(word => ({ [key]: word })) : [],
    );
    expect(choose.length).toBeGreaterThan(0);
    expect(choices).toEqual(expect.arrayContaining(choose));
  });
});

test('docs/migration.md has each option of other modules that evaluation names the new one for', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/migration.md'), 'utf8');
  const { container, activation, bind, network } = results.oldNames;
  const names = [
    ...[...container, ...activation.map(name => `activation.${name}`)],
    ...[...bind.map(name => `bindMounts.X.${name}`), ...network.map(name => `network.${name}`)],
  ];
  expect(names.filter(name => !new RegExp(`\\W${name.replaceAll('.', '\\.')}\\W`).test(guide))).toEqual([]);
});

describe('networkd', () => {
  test.each(Object.entries(networks))('%s → sections', (name, { sections = {}, problems = [] }) => {
    expect(results.networks[name]).toEqual({ sections, problems });
  });

  test.each(Object.entries(guests))('%s in the guest', (name, { definitions, problems = [] }) => {
    expect(results.guests[name]).toEqual({ definitions, problems });
  });
});

test.each(Object.entries(graphs))('dependencies: %s', (name, { cycles, unknown }) => {
  expect(results.cycles[name]).toEqual(cycles);
  expect(results.unknown[name]).toEqual(unknown);
});

test('machine names, zones and interfaces are those of the daemon', () => {
  expect(results.machineNames).toEqual(Object.values(machineNames));
  expect(results.machineNames).toEqual(Object.keys(machineNames).map(isMachineName));
  expect(results.zones).toEqual(Object.values(zones));
  for (const [zone, good] of Object.entries(zones)) {
    const fields = fieldsRefused({ path: '/nix/store/x', network: { veth: { zone } } });
    expect(fields, zone).toEqual(good ? [] : ['network.veth.zone']);
  }
  expect(results.interfacePairs).toEqual(Object.values(interfacePairs));
  for (const [pair, good] of Object.entries(interfacePairs)) {
    const fields = fieldsRefused({ path: '/nix/store/x', network: { macvlan: [pair] } });
    expect(fields, pair).toEqual(good ? [] : ['network.macvlan[0]']);
  }
});

function keysOf(value: unknown): string[] {
  return Object.keys(value as object).sort();
}

function fieldsRefused(declaration: unknown): string[] {
  return problemsOf(() => parseDeclaration(JSON.stringify(declaration))).map(({ field }) => field);
}

function problemsOf(parse: () => unknown): readonly Problem[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof DeclarationError) return error.problems;
    throw error;
  }
}

/** The options whose values are not supported yet. */
function notYet(problems: readonly Problem[]): string[] {
  const fields = problems.filter(({ message }) => message.includes('is not supported yet'));
  return fields.map(({ field }) => field).sort();
}
