import { expect, test } from 'vitest';
import { parseDeclaration } from '../../src/model/declaration.ts';
import { fleetProblems } from '../../src/model/fleet.ts';

const ONE = { Network: { Address: '10.0.0.1/24' }, DHCPServer: { PoolSize: 9, PoolOffset: 100 } };
const SAME = { DHCPServer: { PoolOffset: '100', PoolSize: 9 }, Network: { Address: ['10.0.0.1/24'] } };
const OTHER = { Network: { Address: '10.0.9.1/24' } };

test('members of a zone with the same host configuration, however written, get along', () => {
  expect(problems({ a: zone('shop', ONE), b: zone('shop', SAME), c: zone('shop', null) })).toEqual({});
});

test('so do zones with different ones, and links of their own', () => {
  expect(problems({ a: zone('shop', ONE), b: zone('lab', OTHER), c: zone(null, ONE) })).toEqual({});
});

test('whoever differs from the member whose file comes first gives way, naming it and the zone', () => {
  expect(problems({ c: zone('shop', OTHER), b: zone('shop', {}), a: zone('shop', ONE) })).toEqual({
    b: expect.stringContaining('network.veth.config.host: differs from that of "a": both are in zone "shop"'),
    c: expect.stringContaining('"a"'),
  });
});

test('the first file is the one that networkd takes: that of a-b comes before that of a', () => {
  expect(problems({ a: zone('shop', ONE), 'a-b': zone('shop', OTHER) })).toEqual({
    a: expect.stringContaining('"a-b"'),
  });
});

test('a member without a host configuration never has to give way', () => {
  expect(problems({ a: zone('shop', null), b: zone('shop', ONE), c: zone('shop', OTHER) })).toEqual({
    c: expect.stringContaining('"b"'),
  });
});

test('who closes a circle of dependencies gives way, the last by name', () => {
  expect(problems({ a: needs('c'), b: needs('a'), c: needs('b'), d: needs('c', 'nobody') })).toEqual({
    c: 'dependsOn: it depends on itself: c → b → a → c',
  });
  expect(problems({ a: needs('a') })).toEqual({ a: 'dependsOn: it depends on itself: a → a' });
});

test('it is not one whose unit has been in that order already', () => {
  const fleet = { a: needs('c'), b: needs('a'), c: needs('b') };
  expect(problems(fleet, { a: [], b: ['a'], c: ['b'] })).toEqual({
    a: 'dependsOn: it depends on itself: a → c → b → a',
  });
  expect(problems(fleet, { a: ['c'], c: ['b', 'x'] })).toEqual({ c: expect.stringContaining('c → b → a') });
});

function needs(...dependsOn: string[]): object {
  return { dependsOn };
}

function zone(zone: string | null, host: object | null): object {
  return { network: { veth: { zone, config: { host } } } };
}

function problems(
  given: Record<string, object>,
  inForce: Record<string, string[]> = {},
): Record<string, string> {
  const fleet = Object.entries(given).map(
    ([name, one]) => [name, parseDeclaration(JSON.stringify({ path: '/x', ...one }))] as const,
  );
  const found = [...fleetProblems(new Map(fleet), name => inForce[name])];
  return Object.fromEntries(found.map(([name, { field, message }]) => [name, `${field}: ${message}`]));
}
