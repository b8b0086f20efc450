import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../src/adapters/guest/deadline.ts';
import { startTimer } from '../../src/adapters/timer.ts';

/** As when it is stopped by a signal: no callback is called, and others go on. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a deadline', () => {
  it('is not missed by what came in while the process stood still', async () => {
    using deadline = new Deadline(200, 'hear an answer');
    const heard = once(spawn('echo', ['answer']).stdout, 'data');
    standStill(1500);
    const late = once(deadline.signal, 'abort').then(() => 'too late');
    expect(String(await Promise.race([heard, late]))).toBe('answer\n');
    expect(deadline.expired).toBe(false);
  });

  it('is put off by no more than a few seconds then', () => {
    vi.useFakeTimers();
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    const expired = vi.fn();
    using _timer = startTimer(60_000, expired);
    now.mockReturnValue(100_000);
    vi.advanceTimersByTime(60_000);
    expect(expired).not.toHaveBeenCalled();
    now.mockReturnValue(105_000);
    vi.advanceTimersByTime(5000);
    expect(expired).toHaveBeenCalledOnce();
  });
});
