import { describe, expect, test } from 'vitest';
import { MAX_CONTAINERS } from '../../src/model/bounds.ts';
import { DeclarationError, formatProblems, parseDeclaration } from '../../src/model/declaration.ts';
import { fleetProblems } from '../../src/model/fleet.ts';
import { parseSettings } from '../../src/model/settings.ts';
import { checkDeclaration } from '../../src/render/check.ts';

const MIB = 2 ** 20;
/** Of processor time, so that other tests at work don't count. It takes 50 ms; what was quadratic took half a minute. */
const DEADLINE_MS = 2000;

const list = (count: number, one: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => one(at)).join();
const within = (inner: string) => `{"path":"/a",${inner}}`;
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('a text of any shape is parsed or refused soon, in few words', () => {
  test.each<[string, string, string | RegExp]>([
    ['lists in lists', deep(MIB / 2), 'line 1, column 65: more than 64 levels deep'],
    ['deep credentials', within(`"credentials":{"a":${deep(5000)}}`), /more than 64 levels deep/],
    ['objects in objects', '{"a":'.repeat(10_000), /more than 64 levels deep/],
    ['numbers', `[${'1,'.repeat(MIB / 2 - 2)}1]`, /^line 1, column 8192: more than 4096 values$/],
    ['keys', `{${list(80_000, at => `"k${at}":1`)}}`, /more than 4096 values/],
    ['unknown keys', within(list(4000, at => `"k${at}":1`)), 'and 3950 more problems'],
    ['equal keys', `{${'"a":1,'.repeat(4000)}"b":1}`, 'and 3949 more problems'],
    [
      'equal keys in a deep place',
      within(`"a":${'{"a":'.repeat(60)}{${'"b":1,'.repeat(3000)}"c":1}${'}'.repeat(60)}`),
      'a.a.a',
    ],
    ['long equal keys', `{${list(300, () => `"${'k'.repeat(3000)}":1`)}}`, 'given twice'],
    ['binds', within(`"binds":{${list(2000, at => `"a${at}":{"x":1}`)}}`), 'and'],
    ['names', within(`"dependsOn":[${list(4000, at => `"c${at}"`)}]`), 'more than 256 containers'],
    [
      'interfaces given twice',
      within(`"network":{"macvlan":[${list(4000, () => '"eth0"')}]}`),
      'given twice',
    ],
    [
      'ports that are none',
      within(`"network":{"forwardPorts":[${list(4000, () => '1')}]}`),
      'must be an object',
    ],
    [
      'lists for values',
      within(`"settings":{"Exec":{"Environment":[${list(4000, () => '[]')}]}}`),
      'must be a string',
    ],
    ['settings', within(`"settings":{"Exec":{${list(4000, at => `"a${at}":1`)}}}`), 'no setting'],
    ['limits', within(`"limits":{${list(4000, at => `"a${at}":1`)}}`), 'no setting'],
    ['a long time span', within(`"activation":{"timeout":"${'1s '.repeat(MIB / 4)}"}`), 'cannot read "1s 1s'],
    ['a long number', within(`"limits":{"MemoryMax":"${'1'.repeat(MIB - 99)}"}`), 'is longer than'],
    ['a long path', within(`"binds":{"${'/a'.repeat(MIB / 2 - 99)}":{}}`), 'longer than a path'],
    ['a path of slashes', within(`"binds":{"${'/'.repeat(MIB - 99)}":{}}`), 'longer than a path'],
    ['a long name', within(`"dependsOn":["${'a.'.repeat(MIB / 2 - 99)}"]`), 'not a valid machine name'],
    ['escapes', within(`"userNamespace":"${'\\u0001'.repeat(MIB / 6 - 99)}"`), 'must be "pick"'],
    ['a long device', within(`"limits":{"IODeviceWeight":"/${' '.repeat(MIB - 99)}"}`), 'is longer than'],
    ['a long key', within(`"${'x'.repeat(MIB - 99)}":1`), 'unknown key'],
    [
      'a long line',
      within(`"settings":{"Exec":{"Environment":"A=${'x'.repeat(MIB - 99)}"}}`),
      'longer than 131072 bytes',
    ],
    [
      'backslashes',
      within(`"settings":{"Exec":{"Environment":"A=${'\\\\'.repeat(60_001)}"}}`),
      'ends in a backslash',
    ],
  ])('%s', (_, text, expected) => {
    const began = cpuMs();
    const error = failureOf(() => parseDeclaration(text));
    expect(cpuMs() - began).toBeLessThan(DEADLINE_MS);
    if (String(expected).startsWith('and'))
      expect(formatProblems(error).at(-1)).toMatch(new RegExp(`^${expected}`));
    else expect(error.message).toMatch(expected);
    expect(error.message.length).toBeLessThan(8192);
    const lines = checkDeclaration('web.json', text);
    expect(lines.length).toBeLessThanOrEqual(51);
    for (const line of lines) expect(line.length).toBeLessThan(2048);
  });
});

test('64 levels are not too deep, and 4096 values not too many', () => {
  expect(failureOf(() => parseDeclaration(within(`"credentials":{"a":${deep(62)}}`))).message).toMatch(
    /not supported yet$/,
  );
  // The object, the path, the strings, the list.
  const fits = within(`"activation":{"probe":{"command":["/x",${list(4096 - 7, () => '""')}]}}`);
  expect(parseDeclaration(fits).activation.probe?.command).toHaveLength(4090);
});

test('settings are read by the same rules', () => {
  expect(failureOf(() => parseSettings(`{"parallel":${deep(5000)}}`)).message).toMatch(/more than 64 levels/);
  expect(failureOf(() => parseSettings(`{${list(4000, at => `"k${at}":1`)}}`)).more).toBe(3950);
});

describe('circles among many containers', () => {
  const base = parseDeclaration('{"path":"/x"}');
  const fleetOf = (names: readonly string[], dependsOn: (at: number) => string[]) =>
    new Map(names.map((name, at) => [name, { ...base, dependsOn: dependsOn(at) }]));
  const names = Array.from({ length: MAX_CONTAINERS }, (_, at) => `c${String(at).padStart(5, '0')}`);

  test('a chain of all that a host may have is none, in whichever order', () => {
    const began = cpuMs();
    expect(fleetProblems(fleetOf(names, at => names.slice(at + 1, at + 2))).size).toBe(0);
    expect(fleetProblems(fleetOf(names, at => names.slice(Math.max(at - 1, 0), at))).size).toBe(0);
    expect(cpuMs() - began).toBeLessThan(DEADLINE_MS);
  });

  test('whoever closes it gives way, alone, and is shown both ends', () => {
    const began = cpuMs();
    const problems = fleetProblems(fleetOf(names, at => [names[(at + 1) % names.length] ?? '']));
    expect(cpuMs() - began).toBeLessThan(DEADLINE_MS);
    expect([...problems]).toEqual([
      [
        'c04095',
        {
          field: 'dependsOn',
          message:
            'it depends on itself: c04095 → c00000 → c00001 → c00002 → … → c04092 → c04093 → c04094 → c04095',
        },
      ],
    ]);
  });

  test('however many are tangled, those in force stay as they are', () => {
    const some = names.slice(0, 1000);
    const dependsOn = (at: number) =>
      at < 500
        ? some.slice(at + 1, at + 2)
        : some.filter((_, other) => (other * 7 + at) % 5 === 0 && other !== at);
    const inForce = new Map(some.slice(0, 499).map((name, at) => [name, dependsOn(at)]));
    const began = cpuMs();
    const problems = fleetProblems(fleetOf(some, dependsOn), name => inForce.get(name));
    expect(cpuMs() - began).toBeLessThan(DEADLINE_MS);
    expect(problems.size).toBeGreaterThan(400);
    expect([...problems.keys()].filter(name => inForce.has(name))).toEqual([]);
  });
});

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function failureOf(parse: () => unknown): DeclarationError {
  try {
    parse();
  } catch (error) {
    if (error instanceof DeclarationError) return error;
    throw error;
  }
  throw new Error('it was parsed');
}
