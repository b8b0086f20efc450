import { describe, expect, it } from 'vitest';
import type { JobAction } from '../../src/plan/actions.ts';
import { Order } from '../../src/reconcile/order.ts';
import { type Limits, Turns } from '../../src/reconcile/turns.ts';

const START = { system: '/nix/store/x', fingerprint: 'f' };
const start: JobAction = { kind: 'start', start: START, why: '' };
const restart: JobAction = { kind: 'restart', from: '/nix/store/o', start: START, why: '' };
const stop: JobAction = { kind: 'stop', why: '' };

/** Names with the jobs that they ask for, and the names that are looked at meanwhile. */
function turns(limits: Partial<Limits> = {}, dependsOn: Record<string, string[]> = {}) {
  const order = new Order();
  for (const [name, names] of Object.entries(dependsOn)) order.learn(name, names);
  const open = new Set<string>();
  const given = new Turns(
    { parallel: 4, maxDown: null, ...limits },
    {
      isOpen: name => open.has(name),
      dependenciesOf: name => order.dependenciesOf(name),
      dependantsOf: name => order.dependantsOf(name),
    },
  );
  const ask = (job: JobAction, ...names: string[]) => {
    for (const name of names) given.ask(name, job);
  };
  return { turns: given, open, ask, begin: () => given.begin().map(([name]) => name) };
}

describe('jobs', () => {
  it('begin in the order in which they were asked for, as many as may; stops are not bounded', () => {
    const { turns: jobs, ask, begin } = turns({ parallel: 2 });
    ask(start, 'c', 'b');
    ask(restart, 'a');
    ask(stop, 'd');
    expect(begin()).toEqual(['c', 'b', 'd']);
    expect(begin()).toEqual([]);
    jobs.ended('c');
    expect(begin()).toEqual(['a']);
    jobs.setLimits({ parallel: 1, maxDown: null });
    ask(start, 'e');
    jobs.ended('a');
    expect(begin()).toEqual([]);
    jobs.ended('b');
    expect(begin()).toEqual(['e']);
  });

  it('keep their place when another look asks for something else, and lose it when for nothing', () => {
    const { turns: jobs, ask, begin } = turns({ parallel: 1 });
    ask(start, 'x', 'a', 'b', 'c');
    begin();
    ask(restart, 'a');
    jobs.withdraw('b');
    expect(jobs.isWaiting('b')).toBe(false);
    jobs.ended('x');
    expect(begin()).toEqual(['a']);
    jobs.ended('a');
    expect(begin()).toEqual(['c']);
  });

  it('wait while their name is looked at', () => {
    const { open, ask, begin } = turns({ parallel: 1 });
    ask(start, 'a', 'b');
    open.add('a');
    expect(begin()).toEqual(['b']);
  });
});

describe('updates', () => {
  it('begin when another one has had its last word, where only so many may be down; first starts do', () => {
    const { turns: jobs, ask, begin } = turns({ maxDown: 1 });
    ask(restart, 'a', 'b');
    ask(start, 'c');
    expect(begin()).toEqual(['a', 'c']);
    jobs.ended('a');
    expect(begin()).toEqual([]);
    // It is returned to what was good: still the same update.
    ask(restart, 'a');
    expect(begin()).toEqual(['a']);
    jobs.ended('a');
    jobs.settled('a');
    expect(begin()).toEqual(['b']);
  });

  it('that went wrong go on before anything else is begun, for their machines may be down', () => {
    const { turns: jobs, open, ask, begin } = turns({ parallel: 1 });
    ask(restart, 'a', 'b', 'c');
    expect(begin()).toEqual(['a']);
    jobs.ended('a');
    open.add('a');
    expect(begin()).toEqual([]);
    open.delete('a');
    ask(start, 'a');
    expect(begin()).toEqual(['a']);
    jobs.ended('a');
    jobs.settled('a');
    expect(begin()).toEqual(['b']);
  });

  it('that went wrong do not wait for what waits for their end', () => {
    const { turns: jobs, ask, begin } = turns({ maxDown: 1 }, { web: ['db'] });
    ask(restart, 'web');
    expect(begin()).toEqual(['web']);
    ask(restart, 'db');
    jobs.ended('web');
    ask(start, 'web');
    expect(begin()).toEqual(['web']);
    jobs.ended('web');
    jobs.settled('web');
    expect(begin()).toEqual(['db']);
  });

  it('that somebody else began count', () => {
    const { turns: jobs, ask, begin } = turns({ maxDown: 1 });
    jobs.isDown('a');
    ask(restart, 'b');
    expect(begin()).toEqual([]);
    jobs.settled('a');
    expect(begin()).toEqual(['b']);
  });
});

describe('what depends on another', () => {
  const chain = { web: ['api'], api: ['db'] };

  it('begins when that has been brought up, and does not take its place', () => {
    const { turns: jobs, ask, begin } = turns({ parallel: 1, maxDown: 1 }, chain);
    ask(restart, 'web', 'api', 'db');
    for (const name of ['db', 'api', 'web']) {
      expect(begin()).toEqual([name]);
      expect(begin()).toEqual([]);
      jobs.ended(name);
      jobs.settled(name);
    }
  });

  it('waits also while that is looked at, as after a failed start', () => {
    const { open, ask, begin } = turns({}, chain);
    ask(start, 'api');
    open.add('db');
    expect(begin()).toEqual([]);
    open.delete('db');
    expect(begin()).toEqual(['api']);
  });

  it('is stopped before that, and not kept from it by anything else', () => {
    const { turns: jobs, ask, begin } = turns({}, chain);
    ask(stop, 'db', 'api');
    ask(start, 'web');
    expect(begin()).toEqual(['api', 'web']);
    jobs.ended('api');
    expect(begin()).toEqual(['db']);
  });

  it('is never waited for in a circle', () => {
    const { ask, begin } = turns({}, { a: ['b'], b: ['c'], c: ['a'] });
    ask(stop, 'a', 'b', 'c');
    expect(begin()).toEqual(['a']);
  });
});

it('relatives are all that are tied to one, in either direction and through others', () => {
  const order = new Order();
  order.learn('web', ['api']);
  order.learn('api', ['db']);
  order.learn('cron', ['db']);
  order.learn('other', ['else']);
  expect([...order.relativesOf(['api'])].toSorted()).toEqual(['cron', 'db', 'web']);
  order.learn('api', []);
  expect([...order.relativesOf(['api'])]).toEqual(['web']);
  expect(order.dependantsOf('db')).toEqual(['cron']);
});
