import { expect, it, vi } from 'vitest';
import { JobResults } from '../../src/adapters/job-results.ts';

const late = () => new Error('late');

it('tells everybody who waits for a job how it ended', async () => {
  const results = new JobResults();
  const both = Promise.all([results.of('5', 1000, late), results.of('5', 1000, late)]);
  expect(results.awaited).toEqual(['5']);
  results.end('5', 'done');
  expect(await both).toEqual(['done', 'done']);
  expect(results.awaited).toEqual([]);
});

it('tells everybody who asks after it has ended, also after somebody was told', async () => {
  const results = new JobResults();
  const first = results.of('5', 1000, late);
  results.end('5', 'canceled');
  expect(await first).toBe('canceled');
  expect(await results.of('5', 1000, late)).toBe('canceled');
  expect(await results.of('5', 1000, late)).toBe('canceled');
});

it('keeps who waits longer when another one has waited too long', async () => {
  vi.useFakeTimers();
  try {
    const results = new JobResults();
    const impatient = results.of('5', 10, late);
    const patient = results.of('5', 1000, late);
    vi.advanceTimersByTime(10);
    await expect(impatient).rejects.toThrow('late');
    results.end('5', 'done');
    expect(await patient).toBe('done');
  } finally {
    vi.useRealTimers();
  }
});

it('forgets the oldest of what nobody asks about', async () => {
  const results = new JobResults();
  for (let job = 0; job <= 1024; job++) results.end(String(job), 'done');
  void results.of('0', 1000, late);
  expect(results.awaited).toEqual(['0']);
  expect(await results.of('1024', 1000, late)).toBe('done');
});
