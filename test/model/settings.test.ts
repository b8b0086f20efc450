import { expect, test } from 'vitest';
import { parseSettings } from '../../src/model/settings.ts';

test('an empty object gives the documented defaults', () => {
  expect(parseSettings('{}')).toEqual({
    parallel: 4,
    maxDown: null,
    logLevel: 'info',
    journalMaxUse: '256M',
  });
});

test.each([
  ['{"parallel": 0}', 'parallel: must be a whole number from 1 to 64'],
  ['{"parallel": 2.5}', 'parallel: must be a whole number'],
  ['{"parallel": 65}', 'parallel: must be a whole number'],
  ['{"logLevel": "loud"}', 'logLevel: must be one of'],
  ['{"maxDown": 0}', 'maxDown: must be a whole number from 1 to 64'],
  ['{"journalMaxUse": "1G"}', 'journalMaxUse: is not supported yet'],
  ['{"color": true}', 'color: unknown key'],
])('%s is refused', (text, message) => {
  expect(() => parseSettings(text)).toThrow(message);
});
