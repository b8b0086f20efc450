// What finds failures must itself not fail to.
import { expect, test } from 'vitest';
import { failureOf, inputOf } from './execute.ts';
import { Failures } from './failures.ts';
import type { Target } from './target.ts';
import { targets } from './targets.ts';
import { readUnitFile } from './unit-file.ts';

const target = (check: Target<number>['check']): Target<number> => ({
  name: 'test',
  limitMs: 5,
  generate: random => random.below(1000),
  check,
});
const failure = (check: Target<number>['check']) => failureOf(target(check), 1, '/nonexistent');

test.each(targets.map(one => [one.name, one as Target]))(
  '%s: a case follows from its number',
  (_name, one) => {
    const all = [3, 4, 5].map(at => inputOf(one, 1, at));
    expect([5, 3, 4].map(at => inputOf(one, 1, at))).toEqual([all[2], all[0], all[1]]);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
    expect([3, 4, 5].map(at => inputOf(one, 2, at))).not.toEqual(all);
  },
);

test('what throws, rejects or takes too long has failed', async () => {
  expect(await failure(() => undefined)).toBeUndefined();
  expect(await failure(async () => undefined)).toBeUndefined();
  const thrower = () => {
    throw new Error('no', { cause: new Error('why') });
  };
  expect(await failure(thrower)).toMatch(/^Error: no: why/);
  expect(await failure(async () => thrower())).toMatch(/^Error: no: why/);
  expect(await failure(() => Promise.reject('text'))).toBe('threw text');
  const busy = () => {
    for (const before = process.cpuUsage(); process.cpuUsage(before).user < 30_000; );
  };
  expect(await failure(busy)).toMatch(/^took \d+ ms, allowed are 5 on/);
});

test('failures of one kind are told once, and all are counted', () => {
  const failures = new Failures();
  for (let at = 0; at < 10; at++) failures.add({ at, why: `no ${at}` });
  failures.add({ at: 10, why: 'another' });
  expect([failures.count, failures.examples]).toEqual([
    11,
    [
      { at: 0, why: 'no 0', times: 10 },
      { at: 10, why: 'another', times: 1 },
    ],
  ]);
});

test('a unit file is read as systemd reads it', () => {
  const text = '# comment\n[A]\n a = b \nc=d\\\n# no end\n  e\n;x\nf=g\\\\\n\n[B]\r\nh=i\rj=\0k=l\n';
  expect(readUnitFile(text)).toEqual([
    ['A', 'a', 'b'],
    ['A', 'c', 'd   e'],
    ['A', 'f', 'g\\\\'],
    ['B', 'h', 'i'],
    ['B', 'j', ''],
    ['B', 'k', 'l'],
  ]);
  for (const wrong of ['a=b', '[A]\na', '[A\na=b', '[A]\na=b\\']) expect(() => readUnitFile(wrong)).toThrow();
});
