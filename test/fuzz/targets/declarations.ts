import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Declaration, DeclarationError, parseDeclaration } from '../../../src/model/declaration.ts';
import { type HostFacts, type Rendered, render } from '../../../src/render/render.ts';
import { expect, expectEqual, expectHarmless } from '../expect.ts';
import { keysOfDeclarations, someDeclaration } from '../generate/declaration.ts';
import { anyJson, hugeText, type Json, jsonText, mutatedJson } from '../generate/json.ts';
import { mutatedText, oddText } from '../generate/text.ts';
import { type Target, TURN_MS } from '../target.ts';
import { readUnitFile, type Setting } from '../unit-file.ts';

const SYSTEM = '/nix/store/8bqkfx9b6jj2gbjwk2hbk8pw5m1q0a4f-nixos-system-web-25.11';
const FACTS: readonly HostFacts[] = [
  { machineId: 'db430702a68f47d5a713aa452d3bc4f4', systemdVersion: 262, cannotIdmap: new Set() },
  {
    machineId: '0123456789abcdef0123456789abcdef',
    systemdVersion: 257,
    cannotIdmap: new Set(['/nix/store']),
  },
];
const EXAMPLES = globSync(join(import.meta.dirname, '../../fixtures/*/declaration.json'))
  .sort()
  .map(file => readFileSync(file, 'utf8'));

/** Declarations: refused with a reason, or rendered so that systemd reads back what was meant. */
export const declarations: Target<string> = {
  name: 'declarations',
  limitMs: TURN_MS,
  generate(random) {
    const kind = random.below(100);
    if (kind === 0 && random.chance(0.2)) return hugeText(random, keysOfDeclarations());
    if (kind < 5) return jsonText(random, anyJson(random));
    if (kind < 15) return mutatedText(random, random.pick(EXAMPLES));
    if (kind < 40) return jsonText(random, mutatedJson(random, JSON.parse(random.pick(EXAMPLES)) as Json));
    const made = someDeclaration(random);
    if (kind < 50) return jsonText(random, mutatedJson(random, made));
    return kind < 52 ? oddText(random, 20) : jsonText(random, made);
  },
  check(text) {
    const declaration = accepted(() => parseDeclaration(text));
    if (declaration === undefined) return;
    // Some versions of systemd have not all that a declaration may ask for.
    for (const facts of FACTS) accepted(() => checkRendering(declaration, facts));
  },
};

/** What a reader of files returns; undefined when it refuses the file, as it should: by a bounded error that can be shown. */
export function accepted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    expect(error.problems.length > 0, 'refused without a problem');
    expectHarmless(error.message, 64 * 1024);
    for (const { field, message } of error.problems) {
      expectHarmless(field, 4096);
      expectHarmless(message, 4096);
    }
    return undefined;
  }
}

function checkRendering(declaration: Declaration, facts: HostFacts): void {
  const rendered = render('web', declaration, SYSTEM, facts);
  expectEqual(render('web', declaration, SYSTEM, facts), rendered, 'rendering twice');
  expect(/^[0-9a-f]{16}$/.test(rendered.fingerprint), `fingerprint ${rendered.fingerprint}`);
  for (const { content, path } of rendered.files) {
    expect(content.isWellFormed() && content.endsWith('\n'), `${path} is not text`);
    // What we write is simple: each line is a comment, a section, a setting or empty, and systemd sees as many of each.
    const lines = content.split('\n').filter(line => line !== '' && !line.startsWith('#'));
    const settings = readUnitFile(content);
    expectEqual(settings.length, lines.filter(line => !/^\[\w+\]$/.test(line)).length, `settings in ${path}`);
  }
  const read = new Map(rendered.files.map(({ kind, content }) => [kind, readUnitFile(content)]));
  checkFeatures(declaration, read);
}

/** What is in the declaration is in the files, as often and as written. */
function checkFeatures(
  declaration: Declaration,
  read: Map<Rendered['files'][number]['kind'], Setting[]>,
): void {
  const { network, settings, limits, binds } = declaration;
  const nspawn = read.get('nspawn') ?? [];
  const valuesOf = (section: string, key: string, from = nspawn) =>
    from.filter(one => one[0] === section && one[1] === key).map(one => one[2]);
  const raw = (section: string, key: string) => {
    const given = settings[section];
    return given === undefined || given === null || Array.isArray(given)
      ? undefined
      : (given as Readonly<Record<string, readonly string[] | null>>)[key];
  };
  const network_ = { Zone: network.veth.zone, Bridge: network.bridge };
  for (const [key, value] of Object.entries(network_)) {
    if (raw('Network', key) === undefined)
      expectEqual(
        valuesOf('Network', key),
        value === null ? [] : [value],
        `not read as declared: [Network] ${key}=`,
      );
  }
  const lists = { MACVLAN: network.macvlan, IPVLAN: network.ipvlan, Interface: network.interfaces };
  for (const [key, names] of Object.entries(lists))
    expectEqual(
      valuesOf('Network', key),
      [...names, ...(raw('Network', key) ?? [])],
      `not read as declared: [Network] ${key}=`,
    );
  for (const [section, given] of Object.entries(settings)) {
    for (const [key, values] of Object.entries(given ?? {})) {
      const written = valuesOf(section, key).slice(
        -((values as readonly string[] | null) ?? []).length || Number.POSITIVE_INFINITY,
      );
      expectEqual(written, values ?? [], `not read as declared: [${section}] ${key}=`);
    }
  }
  const bound = [...valuesOf('Files', 'Bind'), ...valuesOf('Files', 'BindReadOnly')].length;
  const rawBinds = (raw('Files', 'Bind') ?? []).length + (raw('Files', 'BindReadOnly') ?? []).length;
  expectEqual(bound, binds.length + 1 + rawBinds, 'binds');
  const dropIn = read.get('drop-in') ?? [];
  for (const { setting, values } of limits) {
    const written = valuesOf('Service', setting, dropIn);
    // Later versions of systemd account always, and complain about these.
    if (written.length > 0 || !setting.endsWith('Accounting'))
      expectEqual(written, values, `not read as declared: ${setting}=`);
  }
  checkNetworkOverrides(declaration, read.get('network'));
}

function checkNetworkOverrides({ network }: Declaration, written: readonly Setting[] | undefined): void {
  if (written === undefined) return;
  for (const [section, given] of Object.entries(network.veth.config.host ?? {})) {
    const sections = given === null || given === undefined ? [] : [given].flat();
    const wanted = sections.flatMap(one =>
      Object.entries(one).flatMap(([key, values]) => (values ?? []).map(value => `${key}=${value}`)),
    );
    const got = written.filter(one => one[0] === section).map(([, key, value]) => `${key}=${value}`);
    for (const one of wanted)
      expect(got.includes(one), `an override is missing: [${section}] ${JSON.stringify(one)}`);
  }
}
