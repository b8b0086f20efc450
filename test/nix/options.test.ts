// The options of the NixOS modules, as committed, against the daemon's own schemas. That the committed file is what the
// modules have is tested where nixpkgs is at hand: npm run test:nix.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { declarationSchema } from '../../src/model/declaration.ts';
import { settingsSchema } from '../../src/model/settings.ts';
import { committedOptions, normalise, OPTIONS_MD, type Option, optionsMarkdown } from './options.ts';

const CONTAINER = 'virtualisation.nspawn.containers.<name>.';
const SETTINGS = 'services.nspawnd.settings.';

/** What only the module has: it makes `path` of the first three, a strategy of the last. */
const OF_THE_MODULE = ['config', 'nixpkgs', 'specialArgs', 'restartIfChanged'];

/** Defaults that depend on other options, with the daemon's for the usual case. */
const DEPENDENT: Record<string, string> = {
  path: 'config.system.build.toplevel',
  'activation.strategy': 'if restartIfChanged then "restart" else "none"',
  'network.veth.enable': '!network.host',
};

/** Free in the schema until their feature is built, typed in the options already. */
const AHEAD = /^(activation\.probe|credentials\.<name>)\./;

test('a container has the keys of a declaration as options, and no others', () => {
  const options = [...optionsBelow(CONTAINER).keys()].filter(name => !AHEAD.test(name));
  expect(options.sort()).toEqual([...keysOf(declarationSchema).keys(), ...OF_THE_MODULE].sort());
});

test('their defaults are those of the daemon', () => {
  const options = optionsBelow(CONTAINER);
  for (const [key, byDefault] of keysOf(declarationSchema)) {
    const text = options.get(key);
    // JSON Schema has no default for what zod transforms, and null is the daemon's there.
    if (DEPENDENT[key] === undefined)
      expect(literalOf(text) ?? undefined, key).toEqual(byDefault ?? undefined);
    else expect(text, key).toBe(DEPENDENT[key]);
  }
  expect(keysOf(declarationSchema).get('activation.strategy')).toBe('restart');
});

test('the settings of the daemon are options', () => {
  expect([...optionsBelow(SETTINGS).keys()].sort()).toEqual([...keysOf(settingsSchema).keys()].sort());
});

test('each option is described, and has an example where a value is not obvious', () => {
  for (const { name, description, example, type } of committedOptions()) {
    expect(description, name).toMatch(/^[A-Z].*[.)]$/s);
    expect(example !== null || type === 'package', `${name} has no example`).toBe(true);
  }
});

test('types have one name, whichever nixpkgs has described them', () => {
  expect(normalise(committedOptions())).toEqual(committedOptions());
  const typeOf = (type: string) => normalise([{ type } as Option])[0]?.type;
  expect(typeOf('null or path')).toBe('null or absolute path');
  expect(typeOf('null or absolute path')).toBe('null or absolute path');
  expect(typeOf('list of (path or string)')).toBe('list of (absolute path or string)');
  expect(typeOf('attribute set of pathological string')).toBe('attribute set of pathological string');
});

test('docs/options.md is made of them', () => {
  expect(readFileSync(OPTIONS_MD, 'utf8')).toBe(optionsMarkdown(committedOptions()));
});

/** Name → default as Nix. Options that only hold others (binds) stand for themselves, as keys do. */
function optionsBelow(prefix: string): Map<string, string | null> {
  return new Map(
    committedOptions()
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, default: text }) => [name.slice(prefix.length), text]),
  );
}

/** Simple Nix literals are JSON. */
function literalOf(nix: string | null | undefined): unknown {
  return nix === null || nix === undefined ? undefined : JSON.parse(nix);
}

interface JsonSchema {
  type?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
}

/** Keys whose members are those of a unit file, and free as options. */
const RAW = ['settings', 'limits', 'network.veth.config.host', 'network.veth.config.container'];

/** Key → default, as the options of NixOS are named: `binds.<name>.hostPath`, `forwardPorts.*.protocol`. */
function keysOf(schema: z.ZodMiniType): Map<string, unknown> {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return new Map(walk('', json));
}

function* walk(key: string, schema: JsonSchema): Iterable<[string, unknown]> {
  const at = (name: string) => (key === '' ? name : `${key}.${name}`);
  if (schema.properties !== undefined && !RAW.includes(key)) {
    for (const [name, one] of Object.entries(schema.properties)) yield* walk(at(name), one);
    return;
  }
  if (key !== '') yield [key, schema.default];
  if (RAW.includes(key)) return;
  const { additionalProperties: values, items } = schema;
  if (typeof values === 'object') yield* members(at('<name>'), values);
  if (items !== undefined) yield* members(at('*'), items);
}

function* members(key: string, schema: JsonSchema): Iterable<[string, unknown]> {
  if (schema.properties !== undefined) yield* walk(key, schema);
}
