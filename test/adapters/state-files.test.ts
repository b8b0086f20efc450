import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lastings } from '../../src/adapters/lastings.ts';
import { Records } from '../../src/adapters/records.ts';
import { parseDeclaration } from '../../src/model/declaration.ts';
import type { Lasting, MachineRecord } from '../../src/plan/situation.ts';
import { render } from '../../src/render/render.ts';
import { ODD_THINGS } from './odd-things.ts';

const SYSTEM = `/nix/store/${'a'.repeat(32)}-nixos-system-web-1`;
const INVOCATION = '0123456789abcdef'.repeat(2);
const BOOT = '6f1c1f6e-7c5b-4f44-b8f1-5b1f0c6b3a10';
const FACTS = { machineId: '0'.repeat(32), systemdVersion: 262, cannotIdmap: new Set<string>() };
const { files, fingerprint } = render(
  'web',
  parseDeclaration('{"path": "/nix/var/nix/profiles/web"}'),
  SYSTEM,
  FACTS,
);
const START = { system: SYSTEM, fingerprint };
const GOOD = { ...START, files };
const LASTING: Lasting = {
  lastGood: GOOD,
  previousGood: GOOD,
  quarantined: [{ ...START, reason: 'it is not healthy', boot: BOOT }],
  hold: GOOD,
};
const RECORD: MachineRecord = {
  started: { ...START, invocation: INVOCATION },
  switch: { invocation: INVOCATION, system: SYSTEM, finished: true },
  verdict: { invocation: INVOCATION, system: SYSTEM, complaint: '', guestState: 'running', failedUnits: [] },
  failure: START,
  updated: { timestamp: 1_700_000_000_000_000, duration: 1500 },
  stopped: 'stopped on request',
};

let directory: string;
let warnings: string[];
const warn = (message: string) => void warnings.push(message);
const lastings = () => new Lastings(warn, directory);
const records = () => new Records(warn, directory);
const path = () => join(directory, 'web.json');
const put = (value: unknown) =>
  writeFileSync(path(), typeof value === 'string' ? value : JSON.stringify(value));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-'));
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

it('what was written is read back as it was', () => {
  lastings().set('web', LASTING);
  expect(lastings().get('web')).toEqual(LASTING);
  records().set('db', RECORD);
  expect(records().get('db')).toEqual(RECORD);
  expect(warnings).toEqual([]);
});

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const at = (changed: object) => ({ version: 1, ...RECORD, ...changed });
const snapshot = (changed: object) => ({ version: 1, ...LASTING, lastGood: { ...GOOD, ...changed } });

/** Texts of a file, by what is wrong with them; of either kind. */
const DAMAGED: readonly [string, 'record' | 'lasting', unknown][] = [
  ['no JSON', 'record', '{'],
  ['no JSON', 'lasting', ''],
  ['a list', 'record', '[]'],
  ['null', 'lasting', 'null'],
  ['deep nesting', 'record', `{"version": 1, "started": ${deep(100_000)}}`],
  ['deep nesting', 'lasting', deep(100_000)],
  ['no version', 'record', {}],
  ['a version that is a text', 'record', { version: '2' }],
  ['a version between two', 'lasting', { version: 1.5 }],
  ['a version without end', 'lasting', '{"version": 1e999}'],
  ['a version below the first', 'lasting', { version: 0 }],
  ['a time between two', 'record', at({ updated: { timestamp: 1.5, duration: 1 } })],
  ['a time below zero', 'record', at({ updated: { timestamp: -1, duration: 1 } })],
  ['a time beyond the last', 'record', '{"version": 1, "updated": {"timestamp": 1e308, "duration": 1}}'],
  ['a time without end', 'record', '{"version": 1, "updated": {"timestamp": 1, "duration": 1e999}}'],
  ['a time that is a text', 'record', at({ updated: { timestamp: '1', duration: 1 } })],
  [
    'a system that is no store path',
    'record',
    at({ started: { ...START, system: '/etc', invocation: INVOCATION } }),
  ],
  ['a system with a line of its own', 'record', at({ failure: { ...START, system: `${SYSTEM}\n[Exec]` } })],
  ['a fingerprint with a line of its own', 'record', at({ failure: { ...START, fingerprint: '\n' } })],
  ['an invocation that is none', 'record', at({ started: { ...START, invocation: '../x' } })],
  [
    'a thousand failed units',
    'record',
    at({ verdict: { ...RECORD.verdict, failedUnits: Array(1000).fill('a') } }),
  ],
  ['a last good system that is no store path', 'lasting', snapshot({ system: '/nix/store/../../etc' })],
  [
    'unit files that are none of ours',
    'lasting',
    snapshot({ files: [{ ...files[0], content: '[Exec]\n' }] }),
  ],
  ['no unit files', 'lasting', snapshot({ files: [] })],
  ['the unit files of another system', 'lasting', snapshot({ system: SYSTEM.replace('web-1', 'web-2') })],
  ['one kind of unit file twice', 'lasting', snapshot({ files: [...files.slice(1), ...files.slice(1)] })],
  [
    'an unknown kind of unit file',
    'lasting',
    snapshot({ files: [...files, { ...files[0], kind: 'service' }] }),
  ],
  ['a quarantine that is no list', 'lasting', { version: 1, quarantined: {} }],
  ['a quarantine of numbers', 'lasting', { version: 1, quarantined: Array(100_000).fill(1) }],
];

describe('a damaged file is set aside, told of once, and keeps nobody from anything', () => {
  it.each(DAMAGED)('%s (%s)', (_, kind, content) => {
    put(content);
    const text = readFileSync(path(), 'utf8');
    const state = kind === 'record' ? records() : lastings();
    expect(state.get('web')).toEqual({});
    expect(state.get('web')).toEqual({});
    expect(warnings).toEqual([
      expect.stringContaining(`${path()} is damaged, and kept as ${path()}.damaged`),
    ]);
    expect(warnings[0]?.length).toBeLessThan(1000);
    expect(readFileSync(`${path()}.damaged`, 'utf8')).toBe(text);
    state.set('web', {});
    expect(state.names()).toEqual(['web']);
  });

  it.each(Object.entries(ODD_THINGS))('%s', (_, { make, why }) => {
    for (const state of [records(), lastings()]) {
      make(path());
      expect(state.get('web')).toEqual({});
      expect(warnings.at(-1)).toMatch(why);
      expect(existsSync(path())).toBe(false);
      rmSync(`${path()}.damaged`, { recursive: true });
    }
  });

  it('also beside one that was set aside before, of whatever kind', () => {
    mkdirSync(join(`${path()}.damaged`, 'full'), { recursive: true });
    put('{');
    expect(lastings().get('web')).toEqual({});
    expect(readdirSync(directory)).toEqual([
      'web.json.damaged',
      expect.stringMatching(/^web\.json\.damaged-\d+$/),
    ]);
  });

  it('without a word of what may be a secret, where it is a link to another file', () => {
    put('root:$6$salt$hash:19000::::::');
    records().get('web');
    expect(warnings[0]).not.toMatch(/root|salt/);
  });
});

describe('state of a newer nspawnd is neither followed nor touched', () => {
  it.each([
    ['records', () => records()],
    ['lastings', () => lastings()],
  ])('%s', (_, make) => {
    put({ version: 2, holds: { everything: 'else' } });
    const before = readFileSync(path(), 'utf8');
    const state = make();
    const refused = `${path()} was written by a newer nspawnd (version 2, this one knows 1)`;
    for (const act of [() => state.get('web'), () => state.set('web', {}), () => state.delete('web')])
      expect(act).toThrow(refused);
    state.tidy();
    expect(state.names()).toEqual(['web']);
    expect(readFileSync(path(), 'utf8')).toBe(before);
    expect(readdirSync(directory)).toEqual(['web.json']);
    expect(warnings).toEqual([]);
  });
});

describe('whatever a file says', () => {
  it('its unit files are written to the places of ours', () => {
    const elsewhere = files.map(file => ({ ...file, path: '/etc/passwd' }));
    put({ version: 1, lastGood: { ...GOOD, files: elsewhere } });
    expect(
      lastings()
        .get('web')
        .lastGood?.files.map(file => file.path),
    ).toEqual(files.map(file => file.path));
  });

  it('only the newest of too many systems in quarantine are kept', () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => ({
      ...START,
      reason: `${index}`,
      boot: BOOT,
    }));
    put({ version: 1, quarantined: entries });
    const { quarantined = [] } = lastings().get('web');
    expect(quarantined.map(({ reason }) => reason)).toEqual(entries.slice(-64).map(({ reason }) => reason));
  });

  it('its texts can be shown', () => {
    put({ version: 1, stopped: `by \u009b31m\u202e${'x'.repeat(100_000)}` });
    const { stopped = '' } = records().get('web');
    expect(stopped).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(stopped.length).toBeLessThan(33_000);
  });

  it('keys that mean something to JavaScript mean nothing', () => {
    put('{"version": 1, "__proto__": {"stopped": "x"}, "constructor": 1}');
    expect(records().get('web')).toEqual({});
    expect(warnings).toEqual([]);
  });
});

describe('names', () => {
  it.each(['../x', '', '.', 'a/b', 'a_b', 'a\0b', 'x'.repeat(65)])('%j never becomes a path', name => {
    for (const state of [records(), lastings()])
      for (const act of [() => state.get(name), () => state.set(name, {}), () => state.delete(name)])
        expect(act).toThrow('is not a valid machine name');
  });

  it('that are none, of files in the directory, are ignored with one warning', () => {
    for (const file of ['a_b.json', 'web.json', '\u202e.json', '.x.json.nspawnd~', 'web.json.damaged'])
      writeFileSync(join(directory, file), '{"version": 1}');
    const state = records();
    expect([state.names(), state.names()]).toEqual([['web'], ['web']]);
    expect(warnings).toEqual([expect.stringMatching(/^ignoring "(a_b|\\u202e)\.json" in /)]);
  });
});
