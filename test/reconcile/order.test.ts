import { expect, test } from 'vitest';
import { Order } from '../../src/reconcile/order.ts';

test('knows both directions, and what is tied to what', () => {
  const order = new Order();
  order.learn('web', ['db', 'cache']);
  order.learn('shop', ['web']);
  order.learn('other', ['else']);
  expect(order.dependenciesOf('web')).toEqual(['db', 'cache']);
  expect(order.dependantsOf('web')).toEqual(['shop']);
  expect(order.relativesOf(['db'])).toEqual(new Set(['web', 'cache', 'shop']));
  order.learn('web', ['cache']);
  expect(order.dependantsOf('db')).toEqual([]);
  expect(order.relativesOf(['db'])).toEqual(new Set());
});

test('never has a circle: what would close one is left out', () => {
  const order = new Order();
  order.learn('a', ['a']);
  order.learn('a', ['b']);
  order.learn('b', ['c']);
  order.learn('c', ['x', 'a']);
  expect(order.dependenciesOf('a')).toEqual(['b']);
  expect(order.dependenciesOf('c')).toEqual(['x']);
  order.learn('a', []);
  order.learn('c', ['a']);
  expect(order.dependenciesOf('c')).toEqual(['a']);
});

test.each([
  ['from its end', (names: string[]) => names.toReversed()],
  ['from its beginning', (names: string[]) => names],
  [
    'in any order',
    (names: string[]) => names.toSorted((a, b) => ((Number(a) * 7919) % 4099) - ((Number(b) * 7919) % 4099)),
  ],
])(
  'a chain of as many containers as a host may have is learned %s without taking its square',
  (_, ordered) => {
    const names = Array.from({ length: 4096 }, (_, at) => String(at));
    const order = new Order();
    const began = process.cpuUsage();
    for (const name of ordered(names)) order.learn(name, [String(Number(name) + 1)]);
    expect(order.relativesOf(['0']).size).toBe(4096);
    // The square takes over ten seconds.
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
    order.learn('4096', ['0']);
    expect(order.dependenciesOf('4096')).toEqual([]);
  },
);
