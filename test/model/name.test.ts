import { expect, test } from 'vitest';
import { isMachineName, nameOfUnit, unitOf } from '../../src/model/name.ts';

test.each(['web', 'a', 'Web-2', 'a.b-c.d', '1', 'x'.repeat(64)])('%s is a machine name', name => {
  expect(isMachineName(name)).toBe(true);
});

test.each([
  '',
  '.',
  '.web',
  'web.',
  'a..b',
  '-a',
  'a-',
  'a.-b',
  'a_b',
  'a b',
  'a/b',
  '..',
  'ü',
  'a\n',
  'a@b',
  'x'.repeat(65),
])('%j is none', name => {
  expect(isMachineName(name)).toBe(false);
});

test('unit and name lead to each other', () => {
  expect(unitOf('my-web.a')).toBe('systemd-nspawn@my-web.a.service');
  expect(nameOfUnit(unitOf('my-web.a'))).toBe('my-web.a');
});

test.each([
  'systemd-nspawn@.service',
  'systemd-nspawn@a_b.service',
  'systemd-nspawn@web.service.d',
  'web.service',
])('%s runs no machine of ours', unit => {
  expect(nameOfUnit(unit)).toBeUndefined();
});

test('a name is what has valid labels between dots', () => {
  const label = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/;
  const all = (length: number): string[] =>
    length === 0 ? [''] : all(length - 1).flatMap(start => [...'aZ0-._ \u00e9'].map(one => start + one));
  for (const name of [0, 1, 2, 3, 4].flatMap(all))
    expect([name, isMachineName(name)]).toEqual([name, name.split('.').every(one => label.test(one))]);
});
