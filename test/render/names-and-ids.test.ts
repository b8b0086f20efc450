import { expect, test } from 'vitest';
import { hostInterfaceNames } from '../../src/render/interface-name.ts';
import { localPrefix } from '../../src/render/local-prefix.ts';
import { guestMachineId } from '../../src/render/machine-id.ts';
import { FACTS } from './facts.ts';

const { machineId } = FACTS;
const OTHER = '5419ec9471be43ba9997b42a86d42f91';

test('an interface name of up to 15 characters stays as it is', () => {
  expect(hostInterfaceNames('twelve-chars')).toEqual(['ve-twelve-chars']);
});

test.each([
  ['averyveryverylongname', 've-averyverUARo'],
  ['averyveryverylongname-for-a-machine.example', 've-averyver1XdX'],
  ['averyveryverylongname-for-a-machine.example2', 've-averyverNY9Z'],
])('the name of %s is shortened as nspawn does', (name, short) => {
  expect(hostInterfaceNames(name)).toEqual([`ve-${name}`, short]);
});

test('a machine ID is a version 4 UUID, the same each time, another one by name and host', () => {
  const id = guestMachineId(machineId, 'web');
  expect(id).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  expect(guestMachineId(machineId, 'web')).toBe(id);
  expect(new Set([id, guestMachineId(machineId, 'db'), guestMachineId(OTHER, 'web')]).size).toBe(3);
});

test('an IPv6 prefix is unique local, the same each time, another one by name and host', () => {
  const prefix = localPrefix(machineId, 'web');
  expect(prefix).toMatch(/^fd[0-9a-f]{2}(:[0-9a-f]{4}){3}::\/64$/);
  expect(localPrefix(machineId, 'web')).toBe(prefix);
  expect(new Set([prefix, localPrefix(machineId, 'db'), localPrefix(OTHER, 'web')]).size).toBe(3);
});
