import { expect, it } from 'vitest';
import { Admission } from '../../src/reconcile/admission.ts';

it.each(['', '..', '../nspawnd/web', 'a/b', 'a_b', 'web\n', 'x'.repeat(65), 'x'.repeat(10_000_000)])(
  'what is no machine name is not taken up',
  name => {
    expect(new Admission(new Map()).admits(name)).toBe(false);
  },
);

it('no more names are taken up than there may be containers, and what is known always is', () => {
  const published = new Map([['web', {}]]);
  const admission = new Admission(published, 3);
  expect(['web', 'a', 'b', 'c', 'a', 'web'].map(name => admission.admits(name))).toEqual([
    true,
    true,
    true,
    false,
    true,
    true,
  ]);
  // There is nothing of `a`, but of `b`.
  published.set('b', {});
  for (const name of ['a', 'b']) admission.looked(name);
  expect(['c', 'd'].map(name => admission.admits(name))).toEqual([true, false]);
});

it('names that lead to nothing are not remembered', () => {
  const admission = new Admission(new Map(), 10);
  for (let at = 0; at < 1000; at++) {
    expect(admission.admits(`n${at}`)).toBe(true);
    admission.looked(`n${at}`);
  }
});
