import { expect, test } from 'vitest';
import { shortSystem, shortSystemsIn } from '../../src/ctl/names.ts';

test.each([
  ['nixos-system-web-25.11.4a2b', '25.11.4a2b'],
  ['nixos-system-web-2-25.11pre-git', '25.11pre-git'],
  ['nixos-system-web-2', '2'],
  ['nixos-system-web-20260101', '20260101'],
  ['web', 'web'],
])('%s is listed by its version %s, after the hash', (name, version) => {
  expect(shortSystem(`/nix/store/8bqkfx9b6jj2gbjwk2hbk8pw5m1q0a4f-${name}`)).toBe(`8bqkfx9b-${version}`);
});

test.each([
  ['', '-'],
  ['/srv/elsewhere', '/srv/elsewhere'],
])('%j, which is no store path, is listed as %j', (path, shown) => {
  expect(shortSystem(path)).toBe(shown);
});

test('a reason names systems as the table does, and leaves files alone', () => {
  const system = '/nix/store/8bqkfx9b6jj2gbjwk2hbk8pw5m1q0a4f-nixos-system-web-2';
  expect(
    shortSystemsIn(`runs the last good system ${system}: ${system}, again; ${system}/init is no file`),
  ).toBe(`runs the last good system 8bqkfx9b-2: 8bqkfx9b-2, again; ${system}/init is no file`);
});
