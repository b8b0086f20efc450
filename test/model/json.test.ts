import { expect, test } from 'vitest';
import { readJson } from '../../src/model/declaration/json.ts';

test.each([
  ['{"a": 1,\n  "b": }', 'line 2, column 8: not JSON: expected value, found "}"'],
  ['{"a": 1,\n', 'line 2, column 1: not JSON: expected key, the file ends'],
  ['', 'line 1, column 1: not JSON: expected value, the file ends'],
  ['{"a":1,}', 'line 1, column 8'],
  ['{a: 1}', 'line 1, column 2'],
  ['{} {}', 'line 1, column 4: not JSON: expected nothing'],
  ['// no\n{}', 'line 1, column 1'],
  ['{"a": "b\nc"}', 'line 1, column 7'],
  ['[1}', 'line 1, column 3'],
  ['{} \u00a0', 'line 1, column 4'],
])('%j is no JSON, and where is said', (text, message) => {
  expect(() => readJson(text)).toThrow(message);
});

test.each([
  ['{"a": 1, "a": 2}', 'a: given twice'],
  ['{"a": [{"b": 1}, {"b": 1, "c": {"d": 1, "\\u0064": 2}}]}', 'a[1].c.d: given twice'],
  ['{"__proto__": {}}', '__proto__: unknown key'],
])('%s is refused: %s', (text, message) => {
  expect(() => readJson(text)).toThrow(message);
});

// Random texts of JSON's own tokens: right and wrong ones must be told apart as JSON.parse does.
test('agrees with JSON.parse on what is JSON', () => {
  const tokens = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u00e4"',
    '"\\x"',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    'null',
    ' ',
    '\n',
  ];
  let random = 1;
  const next = (below: number) => {
    random = (random * 48_271) % 2_147_483_647;
    return random % below;
  };
  let taken = 0;
  for (let round = 0; round < 30_000; round++) {
    const text = Array.from({ length: 1 + next(8) }, () => tokens[next(tokens.length)]).join('');
    const expected = outcome(() => JSON.parse(text));
    if (expected.startsWith('taken')) taken += 1;
    const given = outcome(() => readJson(text));
    if (!given.includes('given twice'))
      if (given.slice(0, 5) !== expected.slice(0, 5)) expect.fail(`${text}: ${given}, not ${expected}`);
  }
  expect(taken).toBeGreaterThan(1000);
});

function outcome(read: () => unknown): string {
  try {
    return `taken: ${JSON.stringify(read())}`;
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}
