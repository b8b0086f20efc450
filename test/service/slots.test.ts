import { expect, test } from 'vitest';
import { Slots } from '../../src/service/slots.ts';

const turn = () => new Promise(resolve => setImmediate(resolve));

/** `got` has the names of those who have a place, in order; `free` gives one back. */
function fixture(perUser: number, total: number) {
  const slots = new Slots(perUser, total);
  const got: string[] = [];
  const failed: string[] = [];
  const places = new Map<string, Disposable>();
  const take = (name: string, user: number, signal = new AbortController().signal) => {
    slots.take(user, signal).then(
      place => {
        got.push(name);
        places.set(name, place);
      },
      () => failed.push(name),
    );
  };
  const free = (name: string) => places.get(name)?.[Symbol.dispose]();
  return { take, free, got, failed };
}

test('a user has some of the places; its others wait in line and hold nobody up', async () => {
  const { take, free, got } = fixture(2, 3);
  for (const name of ['a', 'b', 'c']) take(name, 1);
  take('d', 2);
  await turn();
  expect(got).toEqual(['a', 'b', 'd']);
  free('b');
  await turn();
  expect(got).toEqual(['a', 'b', 'd', 'c']);
});

test('all together have no more than there are', async () => {
  const { take, free, got } = fixture(2, 3);
  for (const user of [1, 2, 3, 4, 5]) take(`${user}`, user);
  await turn();
  expect(got).toEqual(['1', '2', '3']);
  free('2');
  free('3');
  await turn();
  expect(got).toEqual(['1', '2', '3', '4', '5']);
});

test('who leaves the line takes no place', async () => {
  const { take, free, got, failed } = fixture(1, 1);
  const leaving = new AbortController();
  take('a', 1);
  take('b', 1, leaving.signal);
  take('c', 1);
  await turn();
  leaving.abort();
  free('a');
  await turn();
  expect([got, failed]).toEqual([['a', 'c'], ['b']]);
});
