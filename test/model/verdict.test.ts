import { describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/model/container.ts';
import { hasFailed, isBad, isUnderWay, summary } from '../../src/model/verdict.ts';
import { viewOf } from '../service/operations.ts';

type Meaning = 'good' | 'under way' | 'bad' | 'bad and failed';
// A record: a new state has to be decided on.
const MEANING: Record<ContainerState, Meaning> = {
  stopped: 'good',
  starting: 'under way',
  running: 'good',
  updating: 'under way',
  degraded: 'good',
  'rolled-back': 'bad and failed',
  failed: 'bad and failed',
  waiting: 'bad',
  invalid: 'bad and failed',
  held: 'good',
};

test.each(Object.entries(MEANING))('%s is %s', (state, meaning) => {
  expect({ bad: isBad(state), failed: hasFailed(state), open: isUnderWay(state) }).toEqual({
    bad: meaning.startsWith('bad'),
    failed: meaning === 'bad and failed',
    open: meaning === 'under way',
  });
});

describe('all containers together are', () => {
  const all = (...states: ContainerState[]) =>
    summary(states.map((state, index) => viewOf(`c${index}`, { state, reason: `is ${state}` })));

  test('running when none is bad', () => {
    expect(all('held', 'degraded', 'stopped')).toEqual({ state: 'running', reason: '3 containers settled' });
    expect(all()).toEqual({ state: 'running', reason: '0 containers settled' });
  });

  test('what the worst of them is, with every bad one in the reason', () => {
    expect(all('waiting', 'running', 'rolled-back', 'invalid')).toEqual({
      state: 'rolled-back',
      reason: 'c2: is rolled-back; c3: is invalid; c0: is waiting',
    });
    expect(all('invalid', 'rolled-back', 'failed').state).toBe('failed');
  });
});
