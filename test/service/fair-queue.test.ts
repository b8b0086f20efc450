import { expect, test } from 'vitest';
import { FairQueue } from '../../src/service/fair-queue.ts';

const BOUNDS = { perSender: 10, perUser: 1000, total: 1500 };

function fixture(bounds = BOUNDS) {
  const queue = new FairQueue<string>(bounds);
  const add = (user: number | undefined, sender: string, count: number, size = 1) =>
    Array.from({ length: count }, (_, index) => queue.add(user, sender, `${sender}${index}`, size));
  const take = (count: number) => Array.from({ length: count }, () => queue.next());
  return { queue, add, take };
}

test('users have turns, however many senders they have, and senders among them', () => {
  const { add, take } = fixture();
  for (const sender of ['a', 'b', 'c']) add(1, sender, 2);
  add(2, 'd', 2);
  expect(take(9)).toEqual(['a0', 'd0', 'b0', 'd1', 'c0', 'a1', 'b1', 'c1', undefined]);
});

test('every other turn is of root', () => {
  const { add, take } = fixture();
  for (const user of [1, 2, 3]) add(user, `u${user}-`, 1);
  add(0, 'root', 3);
  expect(take(6)).toEqual(['root0', 'u1-0', 'root1', 'u2-0', 'root2', 'u3-0']);
});

test('what comes from one sender stays in order', () => {
  const { add, take } = fixture();
  add(1, 'a', 5);
  expect(take(5)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
});

test('a sender, a user and all have their bounds, and taking makes room', () => {
  const { queue, add } = fixture();
  expect(add(1, 'a', 11)).toEqual([...Array(10).fill(true), false]);
  expect(add(1, 'b', 2, 600)).toEqual([true, false]);
  expect(add(2, 'c', 2, 800)).toEqual([true, false]);
  while (queue.next() !== undefined);
  expect(queue.hasNext).toBe(false);
  expect(add(1, 'a', 1, 900)).toEqual([true]);
});

test('those whose user is not known yet share one turn, until it is', () => {
  const { queue, add, take } = fixture();
  add(undefined, 'x', 2);
  add(undefined, 'y', 2);
  add(1, 'a', 4);
  queue.identify('y', 2);
  expect(take(8)).toEqual(['x0', 'a0', 'y0', 'x1', 'a1', 'y1', 'a2', 'a3']);
});

test('a paused sender keeps its place in no turn, and what it has', () => {
  const { queue, add, take } = fixture();
  add(1, 'a', 2);
  add(1, 'b', 1);
  queue.pause(1, 'a');
  expect(take(2)).toEqual(['b0', undefined]);
  queue.resume('a');
  expect(take(3)).toEqual(['a0', 'a1', undefined]);
});

test('a held user has no turn until it is released, others do', () => {
  const { queue, add, take } = fixture();
  add(1, 'a', 2);
  queue.hold(1);
  add(1, 'b', 1);
  add(2, 'c', 1);
  expect(take(2)).toEqual(['c0', undefined]);
  queue.release(1);
  expect(take(3)).toEqual(['a0', 'b0', 'a1']);
});

test('a user is held also while it has nothing, and leaves nothing behind', () => {
  const { queue, add, take } = fixture();
  queue.hold(1);
  add(1, 'a', 1);
  expect(take(1)).toEqual([undefined]);
  queue.release(1);
  expect(take(2)).toEqual(['a0', undefined]);
});

test('what is dropped makes room for others', () => {
  const { queue, add, take } = fixture();
  add(1, 'a', 2, 500);
  expect(queue.drop('a')).toBe(true);
  expect(queue.drop('a')).toBe(false);
  expect(add(1, 'b', 1, 1000)).toEqual([true]);
  expect(take(2)).toEqual(['b0', undefined]);
});
