import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Records } from '../../src/adapters/records.ts';
import type { ContainerState } from '../../src/model/container.ts';
import { Updates } from '../../src/reconcile/updates.ts';
import { Views } from '../../src/reconcile/views.ts';
import type { Publisher } from '../../src/service/operations.ts';

let told: string[];
let updates: Updates;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  const views = new Views();
  views.publishTo({
    changed: () => undefined,
    managerChanged: () => undefined,
    updateStarted: (name, from, to) => told.push(`${name}: ${from}→${to}`),
    updateFinished: (name, from, to, result) => told.push(`${name}: ${from}→${to} ${result}`),
  } as Publisher);
  const records = { get: () => ({}), set: () => undefined } as unknown as Records;
  updates = new Updates({ views, records });
});

afterEach(() => void vi.useRealTimers());

const conclude = (state: ContainerState, system: string, gone = false) =>
  updates.conclude('web', { state, runs: { system, fingerprint: '' }, gone });

it.each([
  ['running', 'new', 'done'],
  ['degraded', 'new', 'done'],
  ['rolled-back', 'old', 'rolled-back'],
  ['failed', 'new', 'failed'],
  ['stopped', 'new', 'failed'],
  ['held', 'old', 'superseded'],
  ['running', 'other', 'superseded'],
  ['waiting', 'new', 'superseded'],
] as const)('an update that ends in %s with the %s system is %s', (state, system, result) => {
  updates.begin('web', 'old', 'new', false);
  expect(conclude(state, system)).toBe(true);
  expect(told).toEqual(['web: old→new', `web: old→new ${result}`]);
  expect(conclude(state, system)).toBe(false);
});

it('the return to the last good system is part of it, another system is not', () => {
  updates.begin('web', 'old', 'bad', false);
  updates.begin('web', 'bad', 'old', true);
  expect(told).toEqual(['web: old→bad']);
  updates.begin('web', 'old', 'new', false);
  expect(told.slice(1)).toEqual(['web: old→bad superseded', 'web: old→new']);
});

it('nobody is told of a first start, but of what takes over from an update that left nothing running', () => {
  updates.begin('web', '', 'new', false);
  expect(conclude('running', 'new')).toBe(true);
  expect(told).toEqual([]);
  updates.begin('web', 'old', 'bad', false);
  updates.begin('web', '', 'new', false);
  conclude('running', 'new');
  expect(told.slice(2)).toEqual(['web: →new', 'web: →new done']);
});

it('the return to the last good system has the whole activation.timeout to itself', () => {
  updates.begin('web', '/nix/store/a', '/nix/store/b', false);
  vi.advanceTimersByTime(90_000);
  expect(updates.elapsed('web')).toBe(90_000);
  updates.begin('web', '/nix/store/b', '/nix/store/a', true);
  vi.advanceTimersByTime(2_000);
  expect(updates.elapsed('web')).toBe(2_000);
});
