import { expect, test } from 'vitest';
import { excuseFor, excusesAll } from '../../src/plan/excuses.ts';

const SYSCTL = 'systemd-sysctl.service';
// As systemd 257 and 262 write it in a guest with the ID range of 65536 that nspawn picks.
const PING = "Couldn't write '0 2147483647' to 'net/ipv4/ping_group_range': Invalid argument";
const IGNORED = "Couldn't write '1' to 'kernel/kptr_restrict', ignoring: Permission denied";

test('what NixOS sets by default and the kernel refuses in a user namespace is excused, and what to do about it told', () => {
  const words = 'net.ipv4.ping_group_range = "0 2147483647" cannot be set in a user namespace, "0 65535" can';
  expect(excuseFor(SYSCTL, [PING])).toBe(words);
  expect(excuseFor(SYSCTL, [IGNORED, PING, PING])).toBe(words);
});

test.each([
  ['nothing is known of', []],
  ['it ignored', [IGNORED]],
  ['another setting failed', [PING, "Couldn't write 'no' to 'net/ipv4/ip_forward': Invalid argument"]],
  ['the value is wrong anywhere', ["Couldn't write 'many' to 'net/ipv4/ping_group_range': Invalid argument"]],
  [
    'the value is possible here',
    ["Couldn't write '0 1000' to 'net/ipv4/ping_group_range': Invalid argument"],
  ],
  ['something else went wrong', [PING, "/etc/sysctl.d/60-nixos.conf:1: Line is not an assignment: 'what'"]],
  ['a setting has a name of the language', ["Couldn't write '1' to 'constructor': Invalid argument"]],
])('not excused where %s', (_, lines) => {
  expect(excuseFor(SYSCTL, lines)).toBeUndefined();
});

test('no other unit is excused, whatever it says', () => {
  expect(excuseFor('nginx.service', [PING])).toBeUndefined();
  expect(excuseFor('constructor', [PING])).toBeUndefined();
  expect(excusesAll([SYSCTL])).toBe(true);
  expect(excusesAll([SYSCTL, 'nginx.service'])).toBe(false);
  expect(excusesAll([])).toBe(false);
});
