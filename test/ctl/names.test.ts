import { expect, test } from 'vitest';
import { shortSystem } from '../../src/ctl/names.ts';

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
