import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Records } from '../../src/adapters/records.ts';
import { Updates } from '../../src/reconcile/updates.ts';
import { Views } from '../../src/reconcile/views.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('the return to the last good system has the whole activation.timeout to itself', () => {
  const updates = new Updates({ views: new Views(), records: {} as Records });
  updates.begin('web', '/nix/store/a', '/nix/store/b', false);
  vi.advanceTimersByTime(90_000);
  expect(updates.elapsed('web')).toBe(90_000);
  updates.begin('web', '/nix/store/b', '/nix/store/a', true);
  vi.advanceTimersByTime(2_000);
  expect(updates.elapsed('web')).toBe(2_000);
});
