/** µs since the epoch. */
export function now(): bigint {
  return BigInt(Date.now()) * 1000n;
}

/** Whole milliseconds since a `performance.now()`. */
export function since(began: number): number {
  return Math.round(performance.now() - began);
}

/** Resolves after a time, or when aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
